/** Keeps the lines that were typed in the shell in a file, for its next runs. */

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileFault } from '../files.js';
import type { Io } from '../io.js';
import { warn } from '../output.js';

/** How many lines are kept: more than anybody looks through by hand. */
export const MAX_HISTORY_LINES = 1_000;

/** Only the owner may read what was typed. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The history; if its file cannot be used, one warning says so and the shell goes on without. */
export class ShellHistory {
  readonly #io: Io;
  #file: string | null;
  #newest: string | undefined;
  #count = 0;

  /** @param io has the environment that says where the file is, and gets the warning */
  constructor(io: Io) {
    this.#io = io;
    this.#file = historyFileOf(io.env);
  }

  /** Reads the lines of earlier runs, newest first. */
  load(): string[] {
    const lines = (this.#use(textOf) ?? '').split('\n').filter((line) => line !== '');
    const kept = lines.slice(-MAX_HISTORY_LINES);
    if (kept.length < lines.length) this.#rewrite(kept);
    this.#count = kept.length;
    this.#newest = kept.at(-1);
    return kept.reverse();
  }

  /**
   * Keeps the newest line.
   *
   * @param lines all lines that the prompt remembers, newest first
   */
  keep(lines: readonly string[]): void {
    const [newest] = lines;
    if (newest === undefined || newest === this.#newest) return;
    this.#newest = newest;
    if (++this.#count > MAX_HISTORY_LINES) {
      this.#count = Math.min(lines.length, MAX_HISTORY_LINES);
      return this.#rewrite(lines.slice(0, MAX_HISTORY_LINES).reverse());
    }
    // appended, because another shell may use the same file
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
      const file = JSON.stringify(this.#file);
      warn(this.#io, `Could not keep the history in ${file}: ${fileFault(error)}`);
      this.#file = null;
      return undefined;
    }
  }
}

/**
 * The file of the history: that of SOCKET_PROTOCOL_HISTORY, or one in the user's folder for state.
 *
 * @param env the environment
 * @returns the path; null if no history is kept
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
