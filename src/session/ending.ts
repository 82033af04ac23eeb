import { messageOfThrown, warnOfThrown } from '../base/thrown.js';
import type { Answerer } from './answering/answerer.js';
import type { Asking } from './asking/asking.js';
import type { CloseReport } from './close-options.js';
import type { Journal } from './journal/journal.js';
import type { SessionHandle } from './session-handle.js';

/** Whose end it is. */
export interface EndingParts {
  readonly handle: Pick<SessionHandle, 'failure'>;
  readonly journal: Journal;
  readonly asking: Asking;
  readonly answerer: Answerer;
}

/** The end of one session: who waits for it, and what had to be cut. */
export class Ending {
  /** Bytes that the transport could not get rid of. */
  lostBytes = 0;
  readonly #parts: EndingParts;
  /** Made when somebody asks for it: most sessions have one who does. */
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

  /** The session is over, and its transport is gone. */
  finish(): CloseReport {
    const { lostBytes } = this;
    const { cutRequests } = this.#parts.asking;
    const { cutCallbacks } = this.#parts.answerer;
    const { failure } = this.#parts.handle;
    const why = failure === null ? {} : { error: failure };
    const report: CloseReport = Object.freeze({ lostBytes, cutRequests, cutCallbacks, ...why });
    void this.closed;
    this.#resolve?.(report);
    this.#log(report);
    return report;
  }

  /** Not even a clock or a logger that fails may keep the session from ending. */
  #log({ lostBytes, cutRequests, cutCallbacks, error }: CloseReport): void {
    const { journal } = this.#parts;
    try {
      if (error !== undefined) journal.note('session-failed', null, messageOfThrown(error));
      if (lostBytes + cutRequests + cutCallbacks === 0) return;
      const detail = `bytes not sent: ${lostBytes}, requests: ${cutRequests}, callbacks: ${cutCallbacks}`;
      journal.note('cut-at-the-end', null, detail);
    } catch (thrown) {
      warnOfThrown('the end of a session could not be logged', thrown, 'SP_SESSION_FAILED', { scope: this });
    }
  }
}
