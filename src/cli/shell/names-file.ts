/** Keeps the names that were given in the shell in a file, for its next runs: one file for each peer, or one that was chosen. */

import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { DATA_ID, type IntegerRange, SERVICE_ID, STATUS } from '../arguments.js';
import { fileFault, textOf } from '../files.js';
import type { Io } from '../io.js';
import { type WarningIo, warn } from '../output.js';

/** A service with its two ids; it may have no name. */
export interface KeptService {
  readonly request: number;
  readonly response: number;
  readonly name?: string | undefined;
}

/** Data of a service. */
export interface KeptData {
  readonly service: number;
  readonly data: number;
  readonly name: string;
}

/** A status. */
export interface KeptStatus {
  readonly status: number;
  readonly name: string;
}

/** What a file of names holds. */
export interface KeptNames {
  readonly services: readonly KeptService[];
  readonly data: readonly KeptData[];
  readonly statuses: readonly KeptStatus[];
}

/** One name more. */
export type KeptName = KeptService | KeptData | KeptStatus;

const NO_NAMES: KeptNames = { services: [], data: [], statuses: [] };

/** Only the owner may read what was typed. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** A file of names; if it cannot be used, one warning says so, and it is left as it is. */
export class NamesFile {
  readonly path: string;
  readonly #io: WarningIo;
  #isUsed = true;

  /** @param io gets the warning */
  constructor(path: string, io: WarningIo) {
    this.path = path;
    this.#io = io;
  }

  /** The names of earlier runs. */
  load(): KeptNames {
    return this.#use(() => this.#read()) ?? NO_NAMES;
  }

  /** Keeps a name, in the place of the one that its number had. */
  keep(name: KeptName): void {
    this.#use(() => {
      // read again, because another shell may use the same file
      const text = `${JSON.stringify(withName(this.#read(), name), null, 2)}\n`;
      const { path, mode } = placeOf(this.path);
      mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
      const half = `${path}.${process.pid}.new`;
      writeFileSync(half, text, { mode });
      // a reader meanwhile sees the old names or the new ones
      renameSync(half, path);
    });
  }

  #read(): KeptNames {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_NAMES;
      throw error;
    }
    return namesIn(textOf(bytes));
  }

  #use<T>(use: () => T): T | undefined {
    if (!this.#isUsed) return undefined;
    try {
      return use();
    } catch (error) {
      this.#isUsed = false;
      const why = error instanceof WrongNames ? error.message : fileFault(error);
      warn(this.#io, `Names are not kept, ${JSON.stringify(this.path)} is left as it is: ${why}`);
      return undefined;
    }
  }
}

/**
 * The file for the names of a peer: that of SOCKET_PROTOCOL_NAMES, or one in the user's folder for configuration.
 *
 * @param env the environment
 * @param peer its address
 * @returns the path; null if no names are kept
 */
export function namesFileOf(env: Io['env'], peer: string): string | null {
  const chosen = env['SOCKET_PROTOCOL_NAMES'];
  if (chosen !== undefined) return chosen === '' ? null : chosen;
  const name = `${peer.replace(/[^\w.-]+/g, '_')}.json`;
  const config = env['XDG_CONFIG_HOME'] ?? '';
  if (isAbsolute(config)) return join(config, 'socket-protocol', 'names', name);
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '';
  return home === '' ? null : join(home, '.config', 'socket-protocol', 'names', name);
}

/** Where a file lies that may be behind a link, and who may read it; only its owner, if it is new. */
function placeOf(path: string): { readonly path: string; readonly mode: number } {
  if (!existsSync(path)) return { path, mode: FILE_MODE };
  return { path: realpathSync(path), mode: statSync(path).mode & 0o777 };
}

/** The content of a file is no names. */
class WrongNames extends Error {}

function namesIn(text: string): KeptNames {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new WrongNames('it is no JSON');
  }
  const { services = [], data = [], statuses = [] } = Object(content) as Readonly<Record<string, unknown>>;
  return {
    services: listOf('services', services, (each) => ({
      request: numberOf(each, 'request', SERVICE_ID),
      response: numberOf(each, 'response', SERVICE_ID),
      ...(each['name'] === undefined ? {} : { name: nameOf(each) }),
    })),
    data: listOf('data', data, (each) => ({
      service: numberOf(each, 'service', SERVICE_ID),
      data: numberOf(each, 'data', DATA_ID),
      name: nameOf(each),
    })),
    statuses: listOf('statuses', statuses, (each) => ({
      status: numberOf(each, 'status', STATUS),
      name: nameOf(each),
    })),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function listOf<T>(name: string, list: unknown, read: (fields: Fields) => T): T[] {
  if (!Array.isArray(list)) throw new WrongNames(`${name} is no list`);
  return list.map((each: unknown, index) => {
    try {
      return read(Object(each) as Fields);
    } catch (error) {
      if (!(error instanceof WrongNames)) throw error;
      throw new WrongNames(`${name}[${index}] ${error.message}`);
    }
  });
}

function numberOf(fields: Fields, field: string, { what, lowest, highest }: IntegerRange): number {
  const value = fields[field];
  if (Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest)
    return value as number;
  throw new WrongNames(`needs ${JSON.stringify(field)}, ${what} from ${lowest} to ${highest}`);
}

function nameOf({ name }: Fields): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new WrongNames('needs a "name"');
}

function withName({ services, data, statuses }: KeptNames, name: KeptName): KeptNames {
  if ('request' in name)
    return {
      services: [...services.filter(({ request }) => request !== name.request), name],
      data,
      statuses,
    };
  if ('status' in name)
    return { services, data, statuses: [...statuses.filter(({ status }) => status !== name.status), name] };
  const others = data.filter((each) => each.service !== name.service || each.data !== name.data);
  return { services, data: [...others, name], statuses };
}
