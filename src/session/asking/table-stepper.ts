import { run } from './actions.js';
import { Deadlines } from './deadlines.js';
import type { PendingRequest } from './pending-request.js';
import type { RequestEventType, RequestStep } from './states.js';
import type { Stepper, SteppingHost } from './stepper.js';

/** Steps requests through the table: no object and no timer for each, since thousands may be in flight. */
export class TableStepper implements Stepper {
  readonly #host: SteppingHost;
  #deadlines: Deadlines<PendingRequest> | null = null;

  constructor(host: SteppingHost) {
    this.#host = host;
  }

  begin(request: PendingRequest): void {
    this.#startTimer(request);
  }

  step(request: PendingRequest, type: RequestEventType): void {
    const { on } = request.state;
    // the two of each request by constant names: V8 looks the others up
    const step =
      type === 'request.written'
        ? on['request.written']
        : type === 'peer.answered'
          ? on['peer.answered']
          : on[type];
    if (step !== undefined) this.#take(request, step);
  }

  elapse(request: PendingRequest): void {
    if (request.state.after !== undefined) this.#take(request, request.state.after);
  }

  close(): void {
    this.#deadlines?.clear();
  }

  #take(request: PendingRequest, { target, actions }: RequestStep): void {
    const host = this.#host;
    const hasOtherDelay = request.state.after?.delay !== target.after?.delay;
    if (hasOtherDelay) this.#deadlines?.stop(request);
    const mayOthersGo = host.enter(request, target);
    for (const action of actions) run(action, host, request);
    // after the actions: a clock that throws must not keep a request from being settled
    if (hasOtherDelay && request.state === target) this.#startTimer(request);
    if (mayOthersGo) host.release();
  }

  #startTimer(request: PendingRequest): void {
    const delay = request.state.after?.delay;
    if (delay === undefined) return;
    const { clock, lateAnswerGraceMs } = this.#host;
    this.#deadlines ??= new Deadlines(clock, this.#host);
    if (delay === 'time left') this.#deadlines.start(request, request.timeoutMs, request.dueMs);
    else this.#deadlines.start(request, lateAnswerGraceMs, clock.now() + lateAnswerGraceMs);
  }
}
