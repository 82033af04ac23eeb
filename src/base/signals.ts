/** Abort signals of any origin: Node, jsdom, happy-dom, a polyfill, another realm. */

import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import { OptionError } from '../protocol/errors.js';
import { messageOfThrown } from './thrown.js';

/**
 * What is needed of an `AbortSignal`: those of Node and of browsers have it, and those of polyfills, which may lack the newer
 * methods. A signal that gives no reason stands for a `DOMException` with the name `AbortError`.
 */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Whether a value is a signal, by what it can do.
 *
 * @throws what a getter of the value throws
 */
export function isAbortSignal(value: unknown): value is AbortSignalLike {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignalLike>;
  return (
    typeof aborted === 'boolean' &&
    typeof addEventListener === 'function' &&
    typeof removeEventListener === 'function'
  );
}

/** Why a signal was aborted: its own reason, or an `AbortError` where it has none. */
export function reasonOf(signal: AbortSignalLike): unknown {
  try {
    if (signal.reason !== undefined) return signal.reason;
  } catch {
    // it has none that anybody can read
  }
  return new DOMException('This operation was aborted', 'AbortError');
}

/** What has this takes any number of listeners: a signal of our own. */
export const UNLIMITED: unique symbol = Symbol('takes any number of listeners');

/** As a limit on listeners; Node cannot read the limit 0 of a signal back. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Signals that do not count their listeners: only those of Node do. */
const uncounted = new WeakSet<AbortSignalLike>();

/**
 * Calls back when a signal is aborted.
 *
 * @param signal one that is not aborted yet
 * @returns how to take the listener back; never throws
 * @throws OptionError for a signal that cannot be listened to
 */
export function onAbort(signal: AbortSignalLike, aborted: () => void): () => void {
  // many listeners on one signal are no leak: each is taken back
  if (!(UNLIMITED in signal) && !uncounted.has(signal)) allowListeners(signal);
  try {
    signal.addEventListener('abort', aborted);
  } catch (error) {
    throw new OptionError(
      'signal',
      'an AbortSignal',
      `one whose addEventListener throws: ${messageOfThrown(error)}`,
    );
  }
  return () => {
    try {
      signal.removeEventListener('abort', aborted);
    } catch {
      // what it was to give up is over: a call would change nothing
    }
  };
}

function allowListeners(signal: AbortSignalLike): void {
  try {
    const target = signal as unknown as EventTarget;
    if (getMaxListeners(target) === defaultMaxListeners) setMaxListeners(UNBOUNDED, target);
  } catch {
    uncounted.add(signal);
  }
}
