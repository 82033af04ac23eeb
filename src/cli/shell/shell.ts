/** `shell`: an interactive prompt on one connection. */

import { clearScreenDown, cursorTo } from 'node:readline';
import { createInterface, type Interface } from 'node:readline/promises';
import { textOfThrown } from '../../base/thrown.js';
import { AUTH_STATE_TRUSTED_CONNECTION } from '../../protocol/ids.js';
import type { Session } from '../../session/session.js';
import type { Io } from '../io.js';
import { paint } from '../paint.js';
import { complete, runLine } from './shell-commands.js';
import { MAX_HISTORY_LINES, ShellHistory } from './shell-history.js';
import { Names } from './shell-names.js';

/** Where lines come from and prompts go to. */
export type Terminal = NonNullable<Io['terminal']>;

/** How the shell speaks. */
export interface ShellOptions {
  /** The address of the peer, for the prompt. */
  readonly peer: string;
  /** Whether lines of JSON are printed. */
  readonly isJson: boolean;
}

/**
 * Reads lines until there are no more, or one says so; what is wrong with a line is told, and the next is read.
 *
 * @param session whom the lines ask
 * @param terminal where they come from
 * @param options how it speaks
 * @param io the world
 * @throws (rejects) the reason of an interruption that came before an answer
 */
export async function shell(
  session: Session,
  terminal: Terminal,
  options: ShellOptions,
  io: Io,
): Promise<void> {
  const names = new Names(session);
  const lines = openLines(terminal, names, io);
  const prompt = new Prompt(session, lines, terminal, options.peer, io);
  const stop = (): void => {
    lines.close();
    prompt.giveUp();
  };
  io.interrupted.addEventListener('abort', stop, { once: true });
  try {
    prompt.show();
    for await (const line of lines) {
      // lines that are left are not asked any more
      io.interrupted.throwIfAborted();
      const signal = prompt.hide();
      if (!(await answer(line, { session, names, isJson: options.isJson, signal }, io))) return;
      prompt.show();
    }
    prompt.leave();
  } finally {
    lines.close();
    prompt.end();
    io.interrupted.removeEventListener('abort', stop);
  }
}

function openLines({ input, output, isTerminal }: Terminal, names: Names, io: Io): Interface {
  const history = isTerminal ? new ShellHistory(io) : undefined;
  const lines = createInterface({
    input,
    output,
    terminal: isTerminal,
    completer: (line: string) => complete(names, line),
    historySize: MAX_HISTORY_LINES,
    ...(history === undefined ? {} : { history: history.load() }),
  });
  // the declarations of Node leave this event out
  (lines as NodeJS.EventEmitter).on('history', (all: string[]) => history?.keep(all));
  return lines;
}

/** Runs a line, and prints what comes of it; false where it is the last one. */
async function answer(line: string, context: Parameters<typeof runLine>[0], io: Io): Promise<boolean> {
  try {
    const text = await runLine(context, line);
    if (text === null) return false;
    io.stdout(text);
  } catch (error) {
    if (io.interrupted.aborted) throw error;
    if (context.signal.aborted) io.stderr('interrupted\n');
    else io.stderr(`${textOfError(error)}\n`);
  }
  return true;
}

function textOfError(error: unknown): string {
  return error instanceof Error ? error.message : textOfThrown(error);
}

/** What stands before the cursor: how the connection is. Without a terminal there is none. */
class Prompt {
  readonly #session: Session;
  readonly #lines: Interface;
  readonly #terminal: Terminal;
  readonly #peer: string;
  readonly #io: Io;
  /** Gives up the line that runs; null while one is typed. */
  #running: AbortController | null = null;
  #isClosed = false;

  constructor(session: Session, lines: Interface, terminal: Terminal, peer: string, io: Io) {
    this.#session = session;
    this.#lines = lines;
    this.#terminal = terminal;
    this.#peer = peer;
    this.#io = io;
    session.on('disconnected', this.#lost);
    session.on('trusted', this.#changed);
    session.on('untrusted', this.#changed);
    lines.on('SIGINT', this.#interrupted);
    lines.once('close', () => {
      this.#isClosed = true;
    });
  }

  /** A line is to be typed. */
  show(): void {
    this.#running = null;
    this.#draw();
  }

  /** A line runs; Ctrl-C gives it up. */
  hide(): AbortSignal {
    this.#running = new AbortController();
    return this.#running.signal;
  }

  /** Gives up the line that runs, if one does. */
  giveUp(): void {
    this.#running?.abort();
  }

  /** No line will be typed: whatever comes next begins on a line of its own. */
  leave(): void {
    if (this.#terminal.isTerminal) this.#terminal.output.write('\n');
  }

  /** The session is told no more. */
  end(): void {
    this.#session.off('disconnected', this.#lost);
    this.#session.off('trusted', this.#changed);
    this.#session.off('untrusted', this.#changed);
  }

  readonly #interrupted = (): void => {
    if (this.#running === null) this.#lines.close();
    else this.giveUp();
  };

  readonly #lost = (reason: string): void => {
    this.#clear();
    this.#io.stderr(`the connection is lost: ${reason}\n`);
    this.#changed();
  };

  readonly #changed = (): void => {
    if (this.#running === null) this.#draw();
  };

  #clear(): void {
    if (!this.#terminal.isTerminal || this.#running !== null || this.#isClosed) return;
    cursorTo(this.#terminal.output, 0);
    clearScreenDown(this.#terminal.output);
  }

  #draw(): void {
    if (!this.#terminal.isTerminal || this.#isClosed) return;
    this.#lines.setPrompt(`${this.#state()} ${this.#peer}> `);
    // what has been typed stays
    this.#lines.prompt(true);
  }

  #state(): string {
    if (!this.#session.isConnected()) return paint(this.#io, 'trouble', 'lost');
    const isTrusted = this.#session.checkAuthenticationState() === AUTH_STATE_TRUSTED_CONNECTION;
    return isTrusted ? paint(this.#io, 'event', 'trusted') : 'connected';
  }
}
