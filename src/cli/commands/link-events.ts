/** What happens to a connection that a command keeps, printed as it comes. */

import type { Session } from '../../session/session.js';
import { errorFields, reasonFields } from '../errors.js';
import type { Io } from '../io.js';
import { type Fields, jsonLine, timeOfDay } from '../output.js';
import { paint, type Style } from '../paint.js';
import { ReadOutput, textOfLeftOut } from '../read-output.js';
import { Repetitions } from '../repetitions.js';

/** More about an event: a text for people, codes for programs. */
export interface EventFields extends Fields {
  readonly detail?: string;
}

/** An event as it is printed. */
interface EventLine {
  readonly style: Style;
  readonly text: string;
  readonly fields: Fields;
}

/** Prints events with their time. */
export class EventPrinter {
  readonly #isJson: boolean;
  readonly #io: Io;
  readonly #output: ReadOutput;
  readonly #repetitions: Repetitions<EventLine>;
  #isOver = false;

  constructor(isJson: boolean, io: Io) {
    this.#isJson = isJson;
    this.#io = io;
    this.#output = new ReadOutput(io, (lines) => this.#lineOf(leftOutLine(lines)));
    this.#repetitions = new Repetitions(io.now ?? (() => performance.now()));
  }

  /**
   * Prints what happens to the connection of a session, which comes and goes. What happens again and again is printed more and
   * more rarely, with how often it was left out.
   */
  follow(session: Session, address: string): void {
    session.on('connected', () => this.#again('event', 'connected', { detail: address }));
    const { interrupted } = this.#io;
    session.on('disconnected', (reason) => {
      // the person has ended it
      if (reason === 'session-closed' && interrupted.aborted) return;
      if (!this.#isOver) this.#again('trouble', 'disconnected', reasonFields(reason));
    });
    session.on('connectFailed', (error) => {
      const { error: detail, ...codes } = errorFields(error);
      this.#again('trouble', 'not connected', { detail: String(detail), ...codes });
    });
    session.on('trusted', () => this.#again('event', 'trusted', {}));
    session.on('authenticationFailed', (reason) => {
      // it ends with the connection
      if (reason === 'connection-lost' && interrupted.aborted) return;
      this.#again('trouble', 'authentication failed', reasonFields(reason));
    });
    session.on('channelName', (name) => this.event('channel name', { detail: name }));
    const tell = (): void => this.#tellLeftOut();
    interrupted.addEventListener('abort', tell, { once: true });
    session.once('closed', () => interrupted.removeEventListener('abort', tell));
  }

  /** Prints what is as it should be. */
  event(event: string, fields: EventFields): void {
    this.#printEvent(eventLine('event', event, fields));
  }

  /** Prints what a person may have to look after. */
  trouble(event: string, fields: EventFields): void {
    this.#printEvent(eventLine('trouble', event, fields));
  }

  /** Prints what a person may have to look after, more and more rarely where it happens again and again. */
  recurringTrouble(event: string, fields: EventFields): void {
    this.#again('trouble', event, fields);
  }

  /**
   * Prints anything.
   *
   * @param text what people get
   * @param fields what programs get
   */
  print(style: Style, text: string, fields: Fields): void {
    this.#output.print(this.#lineOf({ style, text, fields }));
  }

  /** It is over: what was left out is told, and that the connection ends is no news. */
  end(): void {
    this.#isOver = true;
    this.#tellLeftOut();
  }

  #tellLeftOut(): void {
    this.#tellUntold();
    this.#output.end();
  }

  /** Prints what may happen again and again. */
  #again(style: Style, event: string, fields: EventFields): void {
    const line = eventLine(style, event, fields);
    const leftOut = this.#repetitions.comes(line.text, line);
    if (leftOut !== null) this.#printEvent(repeatedLine(line, leftOut));
  }

  #printEvent(line: EventLine): void {
    this.#tellUntold();
    this.#output.print(this.#lineOf(line));
  }

  #tellUntold(): void {
    for (const { line, leftOut } of this.#repetitions.untold())
      this.#output.print(this.#lineOf(repeatedLine(line, leftOut)));
  }

  #lineOf({ style, text, fields }: EventLine): string {
    if (this.#isJson) return jsonLine({ time: new Date().toISOString(), ...fields });
    return `${paint(this.#io, 'quiet', timeOfDay())} ${paint(this.#io, style, text)}\n`;
  }
}

function eventLine(style: Style, event: string, fields: EventFields): EventLine {
  const { detail } = fields;
  return { style, text: detail === undefined ? event : `${event}: ${detail}`, fields: { event, ...fields } };
}

function repeatedLine(line: EventLine, leftOut: number): EventLine {
  if (leftOut === 0) return line;
  const { style, text, fields } = line;
  return { style, text: `${text} (${leftOut} more not shown)`, fields: { ...fields, notShown: leftOut } };
}

function leftOutLine(lines: number): EventLine {
  return eventLine('trouble', 'left out', { detail: textOfLeftOut(lines), lines });
}
