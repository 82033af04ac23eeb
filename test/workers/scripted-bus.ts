/** A bus that does what a test says where the one behind it would do something else: nobody there, away, too late. */

import type { AbortSignalLike } from '../../src/base/signals.js';
import type {
  Bus,
  BusMessage,
  BusRequestOptions,
  BusState,
  BusSubscription,
  PublishOptions,
  RequestAllOptions,
  SubscribeOptions,
} from '../../src/bus/bus.js';
import { BusError } from '../../src/index.js';

/** A request that went out, and when. */
export interface Asked {
  readonly subject: string;
  readonly atMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignalLike | undefined;
}

/** A bus with a script. */
export class ScriptedBus implements Bus {
  readonly name = 'scripted';
  readonly asked: Asked[] = [];
  /** What the next requests end with, in the place of what the bus behind would do; null: as that does. */
  readonly script: (Error | null)[] = [];
  state: BusState = 'up';
  readonly #bus: Bus;
  readonly #now: () => number;
  readonly #listeners = new Set<(state: BusState, detail: string | null) => void>();

  constructor(bus: Bus, now: () => number) {
    this.#bus = bus;
    this.#now = now;
  }

  get maxPayload(): number {
    return this.#bus.maxPayload;
  }

  /** Changes the state, and tells it. */
  become(state: BusState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state, null);
  }

  publish(subject: string, data: Uint8Array, options?: PublishOptions): void {
    this.#admit(subject);
    this.#bus.publish(subject, data, options);
  }

  subscribe(
    subject: string,
    onMessage: (message: BusMessage) => void,
    options?: SubscribeOptions,
  ): BusSubscription {
    return this.#bus.subscribe(subject, (message) => onMessage(this.#guarded(message)), options);
  }

  /** Answers leave by this bus as well. */
  #guarded(message: BusMessage): BusMessage {
    const { subject, data, headers, reply } = message;
    const respond: BusMessage['respond'] = (answer, answerHeaders) => {
      this.#admit(subject);
      message.respond(answer, answerHeaders);
    };
    return { subject, data, headers, reply, respond };
  }

  #admit(subject: string): void {
    if (this.state === 'away') throw new BusError('bus-away', { subject });
    if (this.state === 'closed') throw new BusError('bus-closed', { subject });
  }

  request(subject: string, data: Uint8Array, options: BusRequestOptions): Promise<BusMessage> {
    this.asked.push({ subject, atMs: this.#now(), timeoutMs: options.timeoutMs, signal: options.signal });
    const scripted = this.script.shift() ?? null;
    return scripted === null ? this.#bus.request(subject, data, options) : Promise.reject(scripted);
  }

  requestAll(subject: string, data: Uint8Array, options: RequestAllOptions): Promise<BusMessage[]> {
    return this.#bus.requestAll(subject, data, options);
  }

  async flush(): Promise<void> {
    this.#admit('');
    await this.#bus.flush();
  }

  onState(listener: (state: BusState, detail: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#bus.close();
  }
}

/** What a bus says where nobody has subscribed. */
export function nobody(): Error {
  return new BusError('bus-no-responders');
}
