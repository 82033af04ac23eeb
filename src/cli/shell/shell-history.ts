/** What was typed in the shell, kept in a file between its runs. */

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Io } from '../io.js';

/** So many lines are kept: more than anybody looks through by hand. */
export const MAX_HISTORY_LINES = 1_000;

/** What was typed may hold what only its owner should read. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Lines that were typed. A file that cannot be used is told once, and costs nothing else. */
export class ShellHistory {
  readonly #io: Io;
  #file: string | null;
  #newest: string | undefined;
  #count = 0;

  /** @param io whose environment says where the file is, and who is told what is wrong with it */
  constructor(io: Io) {
    this.#io = io;
    this.#file = historyFileOf(io.env);
  }

  /** Reads the lines of earlier runs, the newest first. */
  load(): string[] {
    const lines = (this.#use(textOf) ?? '').split('\n').filter((line) => line !== '');
    const kept = lines.slice(-MAX_HISTORY_LINES);
    if (kept.length < lines.length) this.#rewrite(kept);
    this.#count = kept.length;
    this.#newest = kept.at(-1);
    return kept.reverse();
  }

  /**
   * Keeps the line that was typed last.
   *
   * @param lines all lines that the prompt remembers, the newest first
   */
  keep(lines: readonly string[]): void {
    const [newest] = lines;
    if (newest === undefined || newest === this.#newest) return;
    this.#newest = newest;
    if (++this.#count > MAX_HISTORY_LINES) {
      this.#count = Math.min(lines.length, MAX_HISTORY_LINES);
      return this.#rewrite(lines.slice(0, MAX_HISTORY_LINES).reverse());
    }
    // added to, not written anew: another shell may be at the same file
    this.#use((file) => {
      mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
      appendFileSync(file, `${newest}\n`, { mode: FILE_MODE });
    });
  }

  #rewrite(lines: readonly string[]): void {
    this.#use((file) => writeFileSync(file, `${lines.join('\n')}\n`, { mode: FILE_MODE }));
  }

  #use<T>(use: (file: string) => T): T | undefined {
    if (this.#file === null) return undefined;
    try {
      return use(this.#file);
    } catch (error) {
      const { code = 'it cannot be used' } = error as NodeJS.ErrnoException;
      this.#io.stderr(`socket-protocol: the history is not kept: ${JSON.stringify(this.#file)}: ${code}\n`);
      this.#file = null;
      return undefined;
    }
  }
}

/**
 * Where the history is: where SOCKET_PROTOCOL_HISTORY says, else among the state of the user's programs.
 *
 * @param env the environment
 * @returns the path, or null where there is to be none
 */
export function historyFileOf(env: Io['env']): string | null {
  const chosen = env['SOCKET_PROTOCOL_HISTORY'];
  if (chosen !== undefined) return chosen === '' ? null : chosen;
  const state = env['XDG_STATE_HOME'] ?? '';
  if (isAbsolute(state)) return join(state, 'socket-protocol', 'history');
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '';
  return home === '' ? null : join(home, '.local', 'state', 'socket-protocol', 'history');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
