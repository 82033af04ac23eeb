import { type AskedRequest, StatusError } from '../../protocol/errors.js';
import { STATUS_OKAY } from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { RequestTrace } from '../observing/trace.js';
import type { Payload } from '../sending/output.js';
import { type AnswerHost, AwaitedAnswer } from './awaited-answer.js';

/** A request of the program that somebody traces. Whatever settles it ends its trace, before the program goes on. */
export class TracedAnswer extends AwaitedAnswer {
  readonly #trace: RequestTrace;
  readonly #wantsData: boolean;

  /** As for {@link AwaitedAnswer}. */
  constructor(
    trace: RequestTrace,
    host: AnswerHost,
    wantsData: boolean,
    answerSid: number,
    message: Message<unknown>,
    payload: Payload,
    timeoutMs: number,
  ) {
    super(host, wantsData, answerSid, message, payload, timeoutMs);
    this.#trace = trace;
    this.#wantsData = wantsData;
  }

  override answered(answer: Message<JsonValue>): void {
    // a status that is an error ends it when the error is made
    if (!this.#wantsData || answer.status === STATUS_OKAY) this.#trace.answered(answer.status);
    super.answered(answer);
  }

  override cancelled(): void {
    this.#trace.failed(this.reason);
    super.cancelled();
  }

  protected override fail(make: (asked: AskedRequest) => Error): void {
    super.fail((asked) => {
      const error = make(asked);
      if (error instanceof StatusError) this.#trace.failedWith(error.status, withoutData(error, asked));
      else this.#trace.failed(error);
      return error;
    });
  }
}

/** An answer with a status, as tracing channels may see it. */
function withoutData({ status, message, stack }: StatusError, asked: AskedRequest): StatusError {
  const error = new StatusError(status, message, undefined, asked);
  if (stack !== undefined) error.stack = stack;
  return error;
}
