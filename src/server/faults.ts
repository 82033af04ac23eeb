/** What functions of the program threw, or rejected with: an error in the log and a warning of the process. */

import type { Clock } from '../base/clock.js';
import { textOfThrown } from '../base/thrown.js';
import { OnceASecond } from './once-a-second.js';
import type { ServerLog } from './server-log.js';

/** The faults of one server. A peer may cause them as often as it likes, so each kind is told once a second at most. */
export class Faults {
  readonly #news: OnceASecond<string, unknown>;
  readonly #log: ServerLog;

  constructor(clock: Clock, log: ServerLog) {
    this.#log = log;
    this.#news = new OnceASecond(clock, (what, count, thrown) => this.#write(what, count, thrown));
  }

  /**
   * Something of the program failed.
   *
   * @param what what it was and what follows, as the beginning of the sentence; one of few
   * @param thrown anything
   */
  tell(what: string, thrown: unknown): void {
    this.#news.tell(what, thrown);
  }

  /** The server has closed: tells what is left. */
  close(): void {
    this.#news.close();
  }

  #write(what: string, count: number, thrown: unknown): void {
    const times = count === 1 ? '' : ` (${count} times within a second, the last)`;
    const text = `${what}${times}: ${textOfThrown(thrown)}`;
    process.emitWarning(text, 'SocketProtocolWarning');
    this.#log.error(text);
  }
}
