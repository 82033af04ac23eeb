/** How long the asking side waits for a schema that takes its time: no longer than for the answer, and not past the end. */

import { onAbort, reasonOf } from '../base/signals.js';
import { type AskedRequest, SessionClosedError } from '../protocol/errors.js';
import type { ContractHost } from '../session/contract-host.js';
import { checkRequestOptions, type RequestOptions } from '../session/request-options.js';

/** What happens in place of a verdict. */
interface Instead {
  overdue(timeoutMs: number): Error;
  asked(): AskedRequest;
}

/** The time of one request. */
export interface Budget {
  /** What a promise resolves with; rejects when the time is over, the signal is aborted, or the session has closed. */
  wait<T>(promise: Promise<T>, instead: Instead): Promise<T>;
  /** The options of the request, with the time that is left. */
  optionsLeft(): RequestOptions;
}

/**
 * The time of a request.
 *
 * @param requestSid the service id of the request, for the error
 * @param startMs when it began
 * @throws OptionError for wrong options
 */
export function budgetOf(
  { clock, requestTimeoutMs }: ContractHost,
  side: object,
  options: RequestOptions,
  requestSid: number,
  startMs: number,
): Budget {
  const { timeoutMs, signal } = checkRequestOptions(options, requestTimeoutMs, requestSid);
  const leftMs = (): number => Math.max(0, timeoutMs - (clock.now() - startMs));
  return {
    optionsLeft: () => ({ ...options, timeout: leftMs() }),
    wait: (promise, { overdue, asked }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(reasonOf(signal));
        const stops: (() => void)[] = [];
        const stopping =
          <T>(settle: (value: T) => void) =>
          (value: T): void => {
            for (const stop of stops.splice(0)) stop();
            settle(value);
          };
        const fail = stopping(reject);
        const timer = clock.setTimeout(() => fail(overdue(timeoutMs)), leftMs());
        stops.push(() => clock.clearTimeout(timer));
        if (signal !== undefined) stops.push(onAbort(signal, () => fail(reasonOf(signal))));
        stops.push(
          whenClosed(side, () => fail(new SessionClosedError(`${asked().name} was validated`, asked()))),
        );
        promise.then(stopping(resolve), fail);
      }),
  };
}

/** What waits at each session; one listener stands for all of it. */
const waiting = new WeakMap<object, Set<() => void>>();

/** Calls back when a session has closed; returns how to take that back. */
function whenClosed(side: object, closed: () => void): () => void {
  const set = waiting.get(side) ?? startWaiting(side);
  set.add(closed);
  return () => set.delete(closed);
}

function startWaiting(side: object): Set<() => void> {
  const set = new Set<() => void>();
  waiting.set(side, set);
  const { once } = side as { readonly once?: unknown };
  if (typeof once === 'function') {
    Reflect.apply(once, side, [
      'closed',
      () => {
        for (const closed of [...set]) closed();
      },
    ]);
  }
  return set;
}
