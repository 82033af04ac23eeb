/** Calls listeners with the messages and the states of a bus: functions of the user's, which may fail. */

import { warnOfThrown } from '../base/thrown.js';
import { watchResult } from '../base/user-code.js';
import type { BusMessage, BusState } from './bus.js';

/** Gets messages. */
export type OnMessage = (message: BusMessage) => void;
/** Hears of a state. */
export type OnState = (state: BusState, detail: string | null) => void;

/**
 * Gives a message to a subscriber. Never throws: where the function throws or rejects, the process is warned.
 *
 * @param pattern what it has subscribed to
 * @param bus what the warning is about
 */
export function giveMessage(onMessage: OnMessage, message: BusMessage, pattern: string, bus: object): void {
  try {
    // void is what the type says; an async function is one as well
    const result: unknown = onMessage(message);
    if (result !== undefined) watchResult(result, (thrown) => subscriberFailed(thrown, pattern, bus));
  } catch (error) {
    subscriberFailed(error, pattern, bus);
  }
}

/**
 * Warns the process that a subscriber threw or rejected.
 *
 * @param pattern what it has subscribed to
 * @param bus what the warning is about
 */
export function subscriberFailed(thrown: unknown, pattern: string, bus: object): void {
  const context = { scope: bus, matter: pattern };
  warnOfThrown(`a subscriber to ${pattern} failed`, thrown, 'SP_SUBSCRIBER_FAILED', context);
}

/** Those who hear of the states of a bus. */
export class StateListeners {
  readonly #bus: { readonly name: string };
  readonly #listeners = new Set<OnState>();

  /** @param bus whose states they are, for warnings */
  constructor(bus: { readonly name: string }) {
    this.#bus = bus;
  }

  /** Adds one. Returns what takes it out again. */
  add(listener: OnState): () => void {
    // the same function twice is two listeners
    const own: OnState = (state, detail) => listener(state, detail);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Tells all of them. Never throws: where one throws or rejects, the process is warned. */
  tell(state: BusState, detail: string | null): void {
    for (const listener of [...this.#listeners]) {
      try {
        const result: unknown = listener(state, detail);
        watchResult(result, (thrown) => this.#failed(thrown));
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #failed(thrown: unknown): void {
    const context = { scope: this.#bus, matter: 'state' };
    warnOfThrown(
      `a listener to the state of the bus ${this.#bus.name} failed`,
      thrown,
      'SP_LISTENER_FAILED',
      context,
    );
  }
}
