/** How a session ends: whether what it drains has finished, and what had to be cut. */

import type { Answerer } from './answering/answerer.js';
import type { Asking } from './asking/asking.js';
import type { CloseReport } from './close-options.js';
import type { Journal } from './journal/journal.js';
import type { Answers } from './sending/answers.js';
import type { Gate } from './sending/gate.js';
import type { Output } from './sending/output.js';
import type { SessionHandle } from './session-handle.js';

/** What an ending works with. */
export interface EndingParts {
  readonly journal: Journal;
  readonly gate: Gate;
  readonly output: Output;
  readonly answers: Answers;
  readonly asking: Asking;
  readonly answerer: Answerer;
  readonly handle: SessionHandle;
}

/** The end of one session. */
export class Ending {
  /** Bytes that the transport could not get rid of. */
  lostBytes = 0;
  readonly #parts: EndingParts;
  #isLookDue = false;
  /** Made when somebody asks for it; most sessions have one end and one who asks. */
  #closed: Promise<CloseReport> | null = null;
  #resolve: ((report: CloseReport) => void) | null = null;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /** Resolves when the session is over. */
  get closed(): Promise<CloseReport> {
    return (this.#closed ??= new Promise((resolve) => {
      this.#resolve = resolve;
    }));
  }

  /** Nothing new begins from now on; the machine hears when all that has begun is finished. */
  drain(): void {
    this.#parts.gate.takesRequests = false;
    this.#parts.output.workEnded = () => this.#lookSoon();
    this.#lookSoon();
  }

  /** Not at once: whatever has ended is in the middle of a step, and others may end in the same one. */
  #lookSoon(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    queueMicrotask(() => {
      this.#isLookDue = false;
      const { answers, asking, handle } = this.#parts;
      if (!answers.areOwed && !asking.isAwaiting) handle.send({ type: 'work.finished' });
    });
  }

  /** The session is over. */
  finish(): CloseReport {
    const { asking, answerer, journal } = this.#parts;
    const { lostBytes } = this;
    const { cutRequests } = asking;
    const { cutCallbacks } = answerer;
    const report: CloseReport = Object.freeze({ lostBytes, cutRequests, cutCallbacks });
    if (lostBytes + cutRequests + cutCallbacks > 0)
      journal.note(
        'cut-at-the-end',
        null,
        `bytes not sent: ${lostBytes}, requests: ${cutRequests}, callbacks: ${cutCallbacks}`,
      );
    void this.closed;
    this.#resolve?.(report);
    return report;
  }
}
