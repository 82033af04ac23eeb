/** Reads a secret from the keyboard, without showing it. */

import type { Readable } from 'node:stream';
import { UsageError } from './errors.js';
import type { Io } from './io.js';

/** A terminal: what is typed comes key by key, and is not shown. */
export interface Keyboard extends Readable {
  setRawMode(isRaw: boolean): unknown;
}

/** The keyboard, if that is where standard input comes from. */
export function keyboardIn(stdin: Readable | undefined): Keyboard | null {
  const { isTTY } = Object(stdin) as { readonly isTTY?: unknown };
  return isTTY === true ? (stdin as Keyboard) : null;
}

const ENTER = ['\r', '\n', '\u0004'];
const INTERRUPT = '\u0003';
const ERASE = ['\b', '\u007f'];

/**
 * Reads one line.
 *
 * @param most the most bytes that it may have
 * @throws (rejects) the reason of an interruption, which Ctrl-C is here too
 */
export async function typedSecret(keyboard: Keyboard, most: number, io: Io): Promise<Buffer> {
  // not before: what is typed at a prompt must not be shown
  keyboard.setRawMode(true);
  io.stderr('Secret: ');
  const stop = (): void => void keyboard.destroy();
  io.interrupted.addEventListener('abort', stop, { once: true });
  const typed: string[] = [];
  try {
    for await (const chunk of keyboard) {
      for (const key of (chunk as Buffer).toString('utf8')) {
        if (ENTER.includes(key)) return Buffer.from(typed.join(''));
        if (key === INTERRUPT) io.interrupt?.();
        else if (ERASE.includes(key)) typed.pop();
        else if (typed.push(key) > most) throw new UsageError(`The secret has more than ${most} characters`);
      }
    }
  } catch (error) {
    io.interrupted.throwIfAborted();
    throw error;
  } finally {
    io.interrupted.removeEventListener('abort', stop);
    if (!keyboard.destroyed) keyboard.setRawMode(false);
    io.stderr('\n');
  }
  io.interrupted.throwIfAborted();
  return Buffer.from(typed.join(''));
}
