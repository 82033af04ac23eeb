import { type AbortSignalLike, UNLIMITED } from '../base/signals.js';

/**
 * A signal of our own, made for each request: an `AbortController` would add a third to what a request to a device costs the
 * requester.
 */
export class LightSignal implements AbortSignalLike {
  readonly [UNLIMITED] = true;
  aborted = false;
  reason: unknown;
  #listeners: (() => void)[] | null = null;

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners?.filter((each) => each !== listener) ?? null;
  }

  /** Gives up what it stands for, once. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    for (const listener of listeners) listener();
  }
}
