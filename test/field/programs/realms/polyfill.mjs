/** Signals as the polyfills of 2018 make them: no EventTarget of Node, no reason, no `throwIfAborted`. */

class AbortSignal {
  aborted = false;
  onabort = null;
  #listeners = new Set();

  addEventListener(type, listener) {
    if (type === 'abort') this.#listeners.add(listener);
  }

  removeEventListener(type, listener) {
    if (type === 'abort') this.#listeners.delete(listener);
  }

  dispatchEvent(event) {
    this.onabort?.(event);
    for (const listener of [...this.#listeners]) listener.call(this, event);
    return true;
  }
}

export class AbortController {
  signal = new AbortSignal();

  abort() {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    this.signal.dispatchEvent({ type: 'abort', target: this.signal });
  }
}
