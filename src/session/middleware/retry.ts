import { optionsDoor } from '../../base/option-names.js';
import { callTimeoutRow, countRow, msRow } from '../../base/option-rows.js';
import { type OptionRow, optionReader, type RowsFor } from '../../base/option-table.js';
import { describeKind, describeValue } from '../../base/options.js';
import { codeOfError } from '../../protocol/error-brand.js';
import { OptionError } from '../../protocol/errors.js';
import {
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
} from '../../protocol/ids.js';
import { RequestView } from './request-view.js';
import type { Middleware } from './types.js';

/** What is asked again, how often, and after which pauses. */
export interface RetryOptions {
  /** How often a READ that failed is asked again, at most. */
  readonly reads: number;
  /** Services of your own, by the service id of their requests, whose requests change nothing and may be asked again too: none. */
  readonly services?: readonly number[] | undefined;
  /**
   * How long one attempt may take, in milliseconds: what is left of the request's time. A shorter one helps only where the
   * connection is likely to break meanwhile: on one connection the next attempt waits for the late answer to this one.
   */
  readonly timeout?: number | undefined;
  /** The pause before the second attempt, in milliseconds, give or take half of it; it doubles with each: 100. */
  readonly minDelay?: number | undefined;
  /** The longest pause, in milliseconds: 2,000. */
  readonly maxDelay?: number | undefined;
}

/** What must not happen twice, and what is the session's own. */
const NEVER_REPEATED = new Set([
  SID_WRITE_REQUEST,
  SID_EXECUTE_REQUEST,
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
]);

const SERVICES: OptionRow<readonly number[]> = {
  unit: 'ids',
  default: [],
  why: 'Only the program knows whether asking twice does harm.',
  check: (option, value) => {
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw new OptionError(option, 'an array of service ids', describeKind(value));
    for (const each of value as unknown[]) {
      if (typeof each === 'number' && Number.isSafeInteger(each) && each >= 0 && !NEVER_REPEATED.has(each))
        continue;
      throw new OptionError(
        option,
        'service ids of your own requests; WRITE and EXECUTE are never repeated',
        describeValue(each),
      );
    }
    return value as number[];
  },
};

/** The options of {@link RetryOptions}. */
export const RETRY_OPTIONS = {
  reads: countRow({ default: 3, why: 'A connection is back after one or two.' }),
  services: SERVICES,
  timeout: callTimeoutRow({ why: 'What is left of the time is the most that a program waits.' }),
  minDelay: msRow({ default: 100, why: 'Shorter than a person notices.' }),
  maxDelay: msRow({ default: 2_000, why: 'Less than half of the time that a request has (requestTimeout).' }),
} satisfies RowsFor<RetryOptions>;

const admit = optionsDoor('RetryOptions', 'retry({ reads: 3 })', RETRY_OPTIONS);

/**
 * Makes a middleware that asks again, on this side: READ requests, and those of services that are named, never WRITE or EXECUTE. Only
 * where the connection was lost or an attempt ran out of its time, and never beyond the time of the request. A status is an answer.
 *
 * @param options see {@link RetryOptions}
 * @throws OptionError for a wrong option
 *
 * @example
 * ```ts
 * import { connect, retry } from 'socket-protocol';
 *
 * const session = await connect({ port: 17017 });
 * session.use(retry({ reads: 3 }));
 * console.log(await session.read(0));
 * ```
 */
export function retry(options: RetryOptions): Middleware {
  admit(options);
  const read = optionReader(RETRY_OPTIONS, options);
  const times = read('reads');
  const services = new Set([SID_READ_REQUEST, ...read('services')]);
  const timeout = read('timeout');
  const minDelayMs = read('minDelay');
  const maxDelayMs = read('maxDelay');
  if (maxDelayMs < minDelayMs)
    throw new OptionError('maxDelay', `at least minDelay (${minDelayMs} ms)`, `${maxDelayMs}`);
  return async (message, next) => {
    if (message.direction === 'in' || !services.has(message.serviceId)) return next();
    const random = RequestView.randomOf(message);
    for (let attempt = 1; ; attempt++) {
      try {
        return await next({ timeout });
      } catch (error) {
        // those that wait for one server must not all come back at the same moment
        const pauseMs = Math.min(maxDelayMs, minDelayMs * 2 ** (attempt - 1)) * (0.5 + random());
        if (attempt > times || !isWorthAnother(error) || pauseMs >= message.timeLeft) throw error;
        await message.pause(pauseMs);
      }
    }
  };
}

/** Whether it says nothing of the request, and may be otherwise a moment later. */
function isWorthAnother(error: unknown): boolean {
  const code = codeOfError(error);
  return code === 'ERR_CONNECTION_LOST' || code === 'ERR_TIMEOUT';
}
