/** The prompt of the shell: shows the state of the connection, and hears Ctrl-C. */

import { clearScreenDown, cursorTo } from 'node:readline';
import type { Interface } from 'node:readline/promises';
import { AUTH_STATE_TRUSTED_CONNECTION } from '../../protocol/ids.js';
import type { AuthenticationReason, LinkReason } from '../../protocol/reasons.js';
import type { Session } from '../../session/session.js';
import { reasonFields } from '../errors.js';
import type { Io } from '../io.js';
import { type Fields, jsonLine } from '../output.js';
import { paint, paintOnStderr, type Style } from '../paint.js';
import { Repetitions } from '../repetitions.js';

/** Where a person types. */
export type Terminal = NonNullable<Io['terminal']>;

/** What a prompt needs. */
export interface PromptParts {
  /** Null where there is no connection to tell of. */
  readonly session: Session | null;
  readonly lines: Interface;
  readonly terminal: Terminal;
  /** The address of the peer. */
  readonly peer: string;
  readonly io: Io;
}

/** The prompt; without a terminal it is invisible. */
export class Prompt {
  readonly #parts: PromptParts;
  /** Cancels the command that runs; null while a line is typed. */
  #running: AbortController | null = null;
  #isClosed = false;
  /** A connection may come and go all night. */
  readonly #repetitions: Repetitions<string>;

  constructor(parts: PromptParts) {
    this.#parts = parts;
    this.#repetitions = new Repetitions(parts.io.now ?? (() => performance.now()));
    const { session, lines } = parts;
    session?.on('disconnected', this.#disconnected);
    session?.on('connected', this.#connected);
    session?.on('authenticationFailed', this.#refused);
    session?.on('trusted', this.#redraw);
    session?.on('untrusted', this.#redraw);
    lines.on('SIGINT', this.#interrupted);
    lines.once('close', () => {
      this.#isClosed = true;
    });
  }

  /** Lets the person type a line. */
  show(): void {
    this.#running = null;
    this.#draw();
  }

  /** Hides while a command runs; returns the signal that Ctrl-C aborts. */
  hide(): AbortSignal {
    this.#running = new AbortController();
    return this.#running.signal;
  }

  /** Cancels the command that runs, if one does. */
  cancel(): void {
    this.#running?.abort();
  }

  /** Ends the last line, so that further output starts on its own. */
  endLine(): void {
    const { terminal } = this.#parts;
    if (terminal.isTerminal) terminal.output.write('\n');
  }

  /** Stops listening to the session. */
  close(): void {
    const { session } = this.#parts;
    session?.off('disconnected', this.#disconnected);
    session?.off('connected', this.#connected);
    session?.off('authenticationFailed', this.#refused);
    session?.off('trusted', this.#redraw);
    session?.off('untrusted', this.#redraw);
  }

  readonly #interrupted = (): void => {
    if (this.#running === null) this.#parts.lines.close();
    else this.cancel();
  };

  readonly #disconnected = (reason: LinkReason): void => {
    const fields = reasonFields(reason);
    const text = `Connection lost: ${fields.detail}; connecting again`;
    this.#tell('trouble', text, { event: 'disconnected', ...fields });
  };

  readonly #connected = (): void => {
    this.#tell('event', 'Connected again', { event: 'connected' });
  };

  readonly #refused = (reason: AuthenticationReason): void => {
    const fields = reasonFields(reason);
    const text = `Authentication failed: ${fields.detail}`;
    this.#tell('trouble', text, { event: 'authentication failed', ...fields });
  };

  /** Says what has become of the connection, above the prompt. */
  #tell(style: Style, text: string, fields: Fields): void {
    const { io } = this.#parts;
    const news = this.#repetitions.comes(text, text);
    if (news === null) return this.#redraw();
    this.#clear();
    const [repeated, notShown] = news === 0 ? ['', {}] : [` (${news} more not shown)`, { notShown: news }];
    const line = `${paintOnStderr(io, style, `${text}${repeated}`)}\n`;
    io.stderr(io.isJson === true ? jsonLine({ ...fields, ...notShown }) : line);
    this.#redraw();
  }

  readonly #redraw = (): void => {
    if (this.#running === null) this.#draw();
  };

  #clear(): void {
    const { output, isTerminal } = this.#parts.terminal;
    if (!isTerminal || this.#running !== null || this.#isClosed) return;
    cursorTo(output, 0);
    clearScreenDown(output);
  }

  #draw(): void {
    const { lines, terminal, peer } = this.#parts;
    if (!terminal.isTerminal || this.#isClosed) return;
    const state = this.#state();
    lines.setPrompt(`${state === '' ? '' : `${state} `}${peer}> `);
    const keepsCursor = true;
    lines.prompt(keepsCursor);
  }

  #state(): string {
    const { session, io } = this.#parts;
    if (session === null) return '';
    if (!session.isConnected()) return paint(io, 'trouble', 'lost');
    const isTrusted = session.authenticationState === AUTH_STATE_TRUSTED_CONNECTION;
    return isTrusted ? paint(io, 'event', 'trusted') : 'connected';
  }
}
