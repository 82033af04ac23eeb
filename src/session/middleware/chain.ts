/**
 * The order of middlewares: the first that was registered is the outermost, as in Koa. The law of `next`: it is called once; and once
 * more, of a request of this side, when the call before has failed.
 */

import { describeKind } from '../../base/options.js';
import { isThenable } from '../../base/thenable.js';
import { promiseOf } from '../../base/user-code.js';
import { isStatus } from '../../protocol/error-brand.js';
import type { MiddlewareError } from '../../protocol/errors.js';
import { STATUS_OKAY } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import { handled, type RequestView } from './request-view.js';
import type { Run } from './run.js';
import type { Answer, IncomingRequest, Middleware, Next, OutgoingRequest, RequestChange } from './types.js';

/**
 * Takes a request through the middlewares, from one on.
 *
 * @returns the answer; a promise unless all that it went through answered at once
 * @throws what a middleware threw, or a callback
 */
export function proceed(run: Run, index: number, request: RequestView): Answer | Promise<Answer> {
  const middleware = run.middlewares[index];
  if (middleware === undefined) return run.last(request);
  return new Step(run, index, request).take(middleware);
}

/** How far a middleware is with its `next`. `over`: it has given its answer, or failed. */
type Use = 'not called' | 'under way' | 'answered' | 'failed' | 'over';

/** One middleware at work on one request. */
class Step {
  readonly #run: Run;
  readonly #index: number;
  readonly #request: RequestView;
  #use: Use = 'not called';
  /** Also one that nobody looked at must not pass for a success. */
  #misuse: MiddlewareError | null = null;

  constructor(run: Run, index: number, request: RequestView) {
    this.#run = run;
    this.#index = index;
    this.#request = request;
  }

  take(middleware: Middleware): Answer | Promise<Answer> {
    let result: unknown;
    try {
      result = middleware(this.#request as OutgoingRequest | IncomingRequest, this.#next);
      if (!isThenable(result)) return this.#answerOf(result);
    } catch (error) {
      this.#use = 'over';
      throw error;
    }
    return promiseOf(result).then(
      (value) => this.#answerOf(value),
      (error: unknown) => {
        this.#use = 'over';
        throw error;
      },
    );
  }

  readonly #next: Next = (change) => handled(this.#proceed(change));

  async #proceed(change: RequestChange | undefined): Promise<Answer> {
    const run = this.#run;
    const use = this.#use;
    if (use === 'over') throw run.misuse('next-called-too-late');
    const mayCall = use === 'not called' || (use === 'failed' && run.mayRepeat);
    if (!mayCall) throw (this.#misuse ??= run.misuse('next-called-twice'));
    const over = run.whyOver;
    if (over !== null) throw over.error;
    const request = this.#request.changed(change);
    this.#use = 'under way';
    try {
      const answer = await proceed(run, this.#index + 1, request);
      this.#called(answer.status === STATUS_OKAY ? 'answered' : 'failed');
      return answer;
    } catch (error) {
      this.#called('failed');
      throw error;
    }
  }

  /** A middleware need not wait for it. */
  #called(use: 'answered' | 'failed'): void {
    if (this.#use === 'under way') this.#use = use;
  }

  /** @throws MiddlewareError where there is none */
  #answerOf(result: unknown): Answer {
    const use = this.#use;
    this.#use = 'over';
    if (this.#misuse !== null) throw this.#misuse;
    if (isAnswer(result)) return wholeAnswer(result);
    const isMissing = result === undefined && use === 'not called';
    const error = this.#run.misuse(isMissing ? 'next-never-called' : 'answer-missing');
    if (!isMissing) error.message += `; it returned ${describeKind(result)}`;
    throw error;
  }
}

interface AnswerFields {
  readonly status?: number | undefined;
  readonly data?: unknown;
}

function isAnswer(result: unknown): result is AnswerFields {
  if (typeof result !== 'object' || result === null) return false;
  const { status } = result as { readonly status?: unknown };
  return ('data' in result || status !== undefined) && (status === undefined || isStatus(status));
}

/** An answer that `next` gave stays what it is. */
function wholeAnswer(answer: AnswerFields): Answer {
  const { status = STATUS_OKAY, data = null } = answer;
  return answer.status === status && answer.data === data
    ? (answer as Answer)
    : { status, data: data as JsonValue };
}
