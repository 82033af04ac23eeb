/** What has begun and is not finished; tells those who wait for the end of all of it. */

import type { Asking } from './asking/asking.js';
import type { Middlewares } from './middleware/middlewares.js';
import type { Answers } from './sending/answers.js';
import type { Gate } from './sending/gate.js';
import type { Output } from './sending/output.js';
import type { SessionHandle } from './session-handle.js';

/** What has requests and answers under way. */
export interface UnderWayParts {
  readonly asking: Asking;
  readonly gate: Gate;
  readonly output: Output;
  readonly answers: Answers;
  readonly handle: SessionHandle;
  readonly middlewares: Middlewares | null;
}

/** The requests and the answers of one session that are under way. */
export class UnderWay {
  readonly #parts: UnderWayParts;
  #isLookDue = false;

  constructor(parts: UnderWayParts) {
    this.#parts = parts;
  }

  /** The session drains: it takes no more requests, and its machine hears when no request waits and no answer is owed. */
  drain(): void {
    this.#parts.gate.takesRequests = false;
    this.#watch();
  }

  /** The peer has ended its stream: it is asked no more, and the machine hears when no answer is owed. */
  finish(): void {
    this.#parts.gate.isAnswering = false;
    this.#watch();
  }

  #watch(): void {
    this.#parts.output.workEnded = () => this.#lookSoon();
    this.#lookSoon();
  }

  /** Not at once: whatever has ended is in the middle of a step, and others may end in the same one. */
  #lookSoon(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    queueMicrotask(() => {
      this.#isLookDue = false;
      this.#parts.handle.guard(() => this.#look());
    });
  }

  #look(): void {
    const { gate, handle, answers, asking } = this.#parts;
    if (answers.areOwed) return;
    const isAsking = asking.isAwaiting || this.#parts.middlewares?.areAsking === true;
    if (!gate.takesRequests && !isAsking) handle.send({ type: 'work.finished' });
    if (!gate.isAnswering) handle.send({ type: 'answers.sent' });
  }
}
