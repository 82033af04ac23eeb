/** Signals that Node did not make, as jsdom, happy-dom and polyfills have them. */

import vm from 'node:vm';
import type { AbortSignalLike } from '../../src/index.js';

/** A signal, how to abort it, and how many listen. */
export interface TestSignal {
  readonly signal: AbortSignalLike;
  abort(reason?: unknown): void;
  readonly listeners: number;
}

/** A signal without a reason and without the newer methods, as the first polyfills made them. */
const OLD = `(class {
  #listeners = new Set();
  aborted = false;
  addEventListener(type, listener) { if (type === 'abort') this.#listeners.add(listener); }
  removeEventListener(type, listener) { this.#listeners.delete(listener); }
  abort() { if (this.aborted) return; this.aborted = true; for (const listener of this.#listeners) listener.call(this, { type: 'abort' }); }
  get listeners() { return this.#listeners.size; }
})`;

/** One that has a reason, behind getters of its class. */
const NEW = `(class extends ${OLD} {
  #reason;
  get reason() { return this.#reason; }
  throwIfAborted() { if (this.aborted) throw this.#reason; }
  abort(reason = new DOMException('aborted elsewhere', 'AbortError')) { this.#reason = reason; super.abort(); }
})`;

type Maker = new () => AbortSignalLike & { abort(reason?: unknown): void; readonly listeners: number };

function made(Class: unknown): TestSignal {
  const signal = new (Class as Maker)();
  return {
    signal,
    abort: (reason) => signal.abort(...(reason === undefined ? [] : [reason])),
    get listeners() {
      return signal.listeners;
    },
  };
}

function ofNode(): TestSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    },
    removeEventListener: (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    },
  });
  return {
    signal,
    abort: (reason) => controller.abort(reason),
    get listeners() {
      return listeners;
    },
  };
}

/** How to make signals, by who made them. */
export const SIGNALS: readonly (readonly [maker: string, make: () => TestSignal, hasReason: boolean])[] = [
  ['Node', ofNode, true],
  ['a polyfill without reasons', () => made(vm.runInThisContext(OLD)), false],
  ['a polyfill', () => made(vm.runInThisContext(NEW)), true],
  ['another realm, without reasons', () => made(vm.runInNewContext(OLD)), false],
  ['another realm', () => made(vm.runInNewContext(NEW, { DOMException })), true],
];
