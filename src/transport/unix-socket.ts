/**
 * Opens a Unix socket at a path.
 *
 * The law: from the moment in which anybody can connect, the file has the mode that was asked for, and a path is only
 * taken from somebody who does not serve it any more. So the socket is opened in a folder that nobody else can enter, and
 * linked to its path when it is ready: the link fails where there is something already.
 */

import { randomInt } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { ListenError } from '../protocol/errors.js';
import { listenReasonOf } from './network-errors.js';
import { hasFile, isShortEnough, textOfPath } from './unix-path.js';

/** Only the user who runs the server may connect. */
export const DEFAULT_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** The socket in its folder, whose name has two characters: together hardly ever longer than the name it gets. */
const SOCKET_NAME = 's';
const MAX_FOLDER_NAMES = 36 ** 2;
/** What file systems say that have no links, such as some that a container shares with its host. */
const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
/** How often a path is taken from others that come and go, before it counts as in use. */
const MAX_CLAIMS = 5;

/** Where a server listens. */
export interface UnixAddress {
  readonly path: string;
  /** The permissions of the file: who may write may connect. */
  readonly mode: number;
  readonly backlog: number;
}

/**
 * Makes a server listen at a path. What has no file, such as a name of Linux's abstract namespace, has no mode either.
 *
 * @param server does not listen yet
 * @returns removes the file, unless it is somebody else's by now
 * @throws (rejects) ListenError: `address-in-use` where somebody serves the path, `not-a-socket` where something else is there
 */
export async function listenAtPath(
  server: Server,
  { path, mode, backlog }: UnixAddress,
): Promise<() => void> {
  if (!hasFile(path)) {
    await listening(server, path, { path, backlog, exclusive: true });
    return () => {};
  }
  const folder = privateFolder(path);
  try {
    const socket = join(folder, SOCKET_NAME);
    await listening(server, path, { path: socket, backlog, exclusive: true });
    try {
      chmodSync(socket, mode);
      const own = lstatSync(socket);
      await claim(path, socket, own);
      return remover(path, own);
    } catch (error) {
      server.close();
      throw error instanceof ListenError ? error : refusal(path, error);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a folder next to the path that nobody else can enter. */
function privateFolder(path: string): string {
  const parent = dirname(path);
  for (let tries = 0; tries < MAX_FOLDER_NAMES; tries++) {
    const folder = join(parent, `.${randomInt(36).toString(36)}${randomInt(36).toString(36)}`);
    if (!isShortEnough(join(folder, SOCKET_NAME)))
      throw new ListenError(
        textOfPath(path),
        'listen-failed',
        'the path leaves no room for a folder next to it; a longer name or a shorter folder would',
      );
    try {
      mkdirSync(folder, FOLDER_MODE);
      return folder;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') continue;
      if (code === 'ENOENT')
        throw new ListenError(
          textOfPath(path),
          'address-not-available',
          `there is no folder ${parent}`,
          error,
        );
      if (code === 'ENOTDIR')
        throw new ListenError(textOfPath(path), 'address-not-available', `${parent} is no folder`, error);
      throw refusal(path, error);
    }
  }
  throw new ListenError(
    textOfPath(path),
    'listen-failed',
    `${parent} is full of left-over folders such as .x1`,
  );
}

function listening(server: Server, path: string, options: object): Promise<void> {
  return new Promise((done, fail) => {
    const failed = (error: Error): void => fail(refusal(path, error));
    server.once('error', failed);
    server.listen(options, () => {
      server.off('error', failed);
      done();
    });
  });
}

/** Gives the socket its path. */
async function claim(path: string, socket: string, own: Stats): Promise<void> {
  for (let tries = 0; tries < MAX_CLAIMS; tries++) {
    try {
      linkSync(socket, path);
      // somebody who looked a moment ago may have taken it for what was there before
      if (isSame(path, own)) return;
    } catch (error) {
      const code = codeOf(error);
      const hasLinks = !NO_LINKS.has(code);
      if (hasLinks && code !== 'EEXIST') throw error;
      await removeStale(path);
      if (hasLinks) continue;
      // it would replace what somebody has put there in this moment: nothing else is left
      renameSync(socket, path);
      return;
    }
  }
  throw new ListenError(textOfPath(path), 'address-in-use');
}

/** Removes what is at a path where it is a socket that nobody serves. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new ListenError(textOfPath(path), 'not-a-socket');
  if (await isServed(path)) throw new ListenError(textOfPath(path), 'address-in-use');
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === found.ino) unlinkSync(path);
}

/** Whether anybody accepts connections at a path, or may do so. */
function isServed(path: string): Promise<boolean> {
  return new Promise((tell) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      tell(true);
    });
    socket.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') tell(false);
      else tell(true);
    });
  });
}

function isSame(path: string, own: Stats): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.ino === own.ino && found.dev === own.dev;
}

/** Removes the file as long as it is the one that is there now; the program may change its folder meanwhile. */
function remover(path: string, own: Stats): () => void {
  const absolute = resolve(path);
  return () => {
    try {
      if (isSame(absolute, own)) unlinkSync(absolute);
    } catch {
      // somebody has taken the folder away, or the right to change it
    }
  };
}

function refusal(path: string, error: unknown): ListenError {
  const cause = error as Error;
  return new ListenError(textOfPath(path), listenReasonOf(cause), cause.message, cause);
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
