/** What functions of the program threw, or rejected with: an error in the log and a warning of the process. */

import type { Clock } from '../base/clock.js';
import { textOfThrown, warnOfThrown } from '../base/thrown.js';
import type { WarningCode } from '../base/warnings.js';
import { OnceASecond } from './once-a-second.js';
import type { ServerLog } from './server-log.js';

/** The faults of one server. A peer may cause them as often as it likes, so each kind has one line a second at most. */
export class Faults {
  readonly #lines: OnceASecond<string, unknown>;

  constructor(clock: Clock, log: ServerLog) {
    this.#lines = new OnceASecond(clock, (what, count, thrown) => {
      const times = count === 1 ? '' : ` (${count} times within a second, the last)`;
      log.error(`${what}${times}: ${textOfThrown(thrown)}`);
    });
  }

  /**
   * Something of the program failed.
   *
   * @param what what it was and what follows, as the beginning of the sentence; one of few
   * @param thrown anything
   */
  tell(code: WarningCode, what: string, thrown: unknown): void {
    warnOfThrown(what, thrown, code, { scope: this });
    this.#lines.tell(what, thrown);
  }

  /** The server has closed: tells what is left. */
  close(): void {
    this.#lines.close();
  }
}
