/** A row as text to copy: as a command, as TypeScript, as JSON. Secrets are in none of them. */

import type { SessionRow } from '../../../src/inspector/feed.js';
import {
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
} from '../../../src/protocol/ids.js';
import { compactJson, typeScriptOf } from './json-text.js';
import { dataTextOf } from './payload.js';
import { isRequest, latencyOf, messageOf, troubleTextOf } from './row-facts.js';
import type { Row, RowEntry } from './rows.js';

/** What was copied, or why it cannot be. */
export type Copied = { readonly text: string } | { readonly reason: string };

/** What a command or a program has to know of the session besides the row. */
export type CopiedSession = Pick<SessionRow, 'address' | 'state' | 'role'> | null;

/** Services whose messages every session sends by itself. */
const RESERVED: ReadonlySet<number> = new Set([
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
]);

/** Commands and methods of the services that every session knows. */
const BUILT_IN: ReadonlyMap<number, 'read' | 'write' | 'execute'> = new Map([
  [SID_READ_REQUEST, 'read'],
  [SID_WRITE_REQUEST, 'write'],
  [SID_EXECUTE_REQUEST, 'execute'],
]);

/** The request of a row with its data as text, or why it cannot be asked again. */
function requestOf(row: Row) {
  const message = messageOf(row);
  if (message === null || !isRequest(row)) return { reason: 'this is not a request' };
  if (RESERVED.has(message.serviceId))
    return { reason: 'every session sends this by itself, so there is nothing to ask' };
  const data = dataTextOf(message);
  if ('missing' in data) return { reason: `the request cannot be repeated: ${data.missing}` };
  return { message, data: data.text };
}

/**
 * A request as a `socket-protocol` command, quoted for a POSIX shell.
 *
 * @param session where it was sent; null if nothing is known about it
 */
export function commandOf(row: Row, session: CopiedSession): Copied {
  const request = requestOf(row);
  if ('reason' in request) return { reason: request.reason };
  const { message, data } = request;
  if (message.from === 'server')
    return { reason: 'the server asked this, and a command can only ask as a client' };
  const json = compactJson(data);
  if (json === null) return { reason: 'its data is no JSON' };
  const { serviceId, dataId } = message;
  const builtIn = BUILT_IN.get(serviceId);
  const words = [builtIn ?? 'request', addressIn(session)];
  if (message.codec === 'struct_json') words.push('--struct');
  // the name of a file, which each person has elsewhere
  if (session?.state === 'trusted') words.push('--secret-file', 'SECRET_FILE');
  const answerId = row.answer?.serviceId;
  if (builtIn === undefined && answerId !== undefined && answerId !== serviceId + 1)
    words.push('--response', String(answerId));
  if (builtIn === undefined) words.push(String(serviceId));
  words.push(String(dataId));
  if (builtIn === 'write' || json !== 'null') {
    // what begins with a minus would be an option
    if (json.startsWith('-')) words.push('--');
    words.push(json);
  }
  return { text: ['socket-protocol', ...words.map(shellQuoted)].join(' ') };
}

/** What stands for an address that nobody knows. */
const UNKNOWN_ADDRESS = 'HOST:PORT';

function addressIn(session: CopiedSession): string {
  // the address of a session that is a server is where its client called from
  if (session === null || session.role === 'server') return UNKNOWN_ADDRESS;
  return session.address ?? UNKNOWN_ADDRESS;
}

/** A word as a POSIX shell takes it, whatever it holds. */
export function shellQuoted(word: string): string {
  // brackets, as in IPv6 addresses, are patterns
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A request as TypeScript that uses a variable `session`. */
export function programOf(row: Row): Copied {
  const request = requestOf(row);
  if ('reason' in request) return { reason: request.reason };
  const { message, data } = request;
  const literal = typeScriptOf(data);
  if (literal === null) return { reason: 'its data is no JSON' };
  const { serviceId, dataId } = message;
  const builtIn = BUILT_IN.get(serviceId);
  if (builtIn === 'read' && literal === 'null') return { text: `await session.read(${dataId});` };
  const argument = literal === 'null' && builtIn !== 'write' ? '' : `, ${literal}`;
  if (builtIn === 'write' || builtIn === 'execute')
    return { text: `await session.${builtIn}(${dataId}${argument});` };
  const call = `await session.request(${serviceId}, ${dataId}${argument});`;
  if (builtIn !== undefined) return { text: call };
  return { text: `session.addService(${serviceId}, ${row.answer?.serviceId ?? serviceId + 1});\n${call}` };
}

/** The members of an object, each with its value as JSON text. */
type Members = readonly (readonly [name: string, text: string])[];

/**
 * A row as JSON with the names of the wire.
 *
 * @param startedAt when the debugger was opened, in milliseconds of the epoch
 */
export function jsonOf(row: Row, startedAt: number): Copied {
  const { first, answer, group, ms } = row;
  const trouble = troubleTextOf(row);
  const members: Members = [
    ['time', quotedJson(new Date(startedAt + ms).toISOString())],
    ['session', quotedJson(group)],
    ...membersOf(first),
    ...(answer === null
      ? []
      : ([
          ['latency_ms', String(rounded(latencyOf(row) ?? 0))],
          ['answer', objectText(membersOf(answer), '  ')],
        ] as const)),
    ...(trouble === '' ? [] : [['trouble', quotedJson(trouble)] as const]),
  ];
  return { text: objectText(members, '') };
}

function objectText(members: Members, indent: string): string {
  const lines = members.map(([name, text]) => `${indent}  ${quotedJson(name)}: ${text}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function membersOf(entry: RowEntry): Members {
  switch (entry.kind) {
    case 'message': {
      const { from, serviceId, dataId, status, names, hex, hiddenBytes } = entry;
      return [
        ['from', quotedJson(from)],
        ['service_id', String(serviceId)],
        ['data_id', String(dataId)],
        ['status', String(status)],
        ['service', quotedJson(names.service)],
        ['data_name', quotedJson(names.data)],
        ['data', dataJsonOf(entry)],
        ['hex', quotedJson(hex?.replaceAll(' ', '') ?? null)],
        ...(hiddenBytes > 0 ? [['bytes_not_kept', String(hiddenBytes)] as const] : []),
      ];
    }
    case 'drop':
      return [
        ['from', quotedJson(entry.from)],
        ['dropped', quotedJson(entry.reason)],
        ['detail', quotedJson(entry.detail)],
        ['hex', quotedJson(entry.hex?.replaceAll(' ', '') ?? null)],
        ...(entry.hiddenBytes > 0 ? [['bytes_not_kept', String(entry.hiddenBytes)] as const] : []),
      ];
    case 'note':
      return [
        ['note', quotedJson(entry.code)],
        ['reason', quotedJson(entry.reason)],
      ];
    case 'trouble':
      return [
        ['code', quotedJson(entry.code)],
        ['about', quotedJson(entry.about)],
      ];
  }
}

/** The data of a message as it came, with every digit; NaN and the infinities, which JSON has not got, as texts. */
function dataJsonOf(entry: Extract<RowEntry, { kind: 'message' }>): string {
  const data = dataTextOf(entry);
  const exact = 'text' in data ? compactJson(data.text) : null;
  return exact !== null && isJson(exact) ? exact : quotedJson(entry.data);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function quotedJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
