/** Shows a server beside its sessions as soon as it refuses somebody: such a peer has no session that could tell. */

import type { ObservedRefusal, RefusalObserver } from '../session/journal/refusal-door.js';
import type { InspectorHub } from './hub.js';
import { noteEntry } from './notes.js';

/** Adds what a server refuses to a hub. */
export class ListenerWatch implements RefusalObserver {
  readonly #hub: InspectorHub;
  readonly #group: string;
  readonly #address: string;

  /**
   * @param group the name under which it is shown
   * @param address where it listens
   */
  constructor(hub: InspectorHub, group: string, address: string) {
    this.#hub = hub;
    this.#group = group;
    this.#address = address;
  }

  refused(refusal: ObservedRefusal): void {
    // also one that was forgotten because there were too many sessions
    if (!this.#isShown) this.#note('listening', `listening on ${this.#address}`);
    this.#hub.refused(this.#group, refusal, this.#address);
  }

  closed(): void {
    if (this.#isShown) this.#note('stopped-listening', `no longer listening on ${this.#address}`);
  }

  get #isShown(): boolean {
    return this.#hub.groups.get(this.#group) !== undefined;
  }

  #note(code: 'listening' | 'stopped-listening', text: string): void {
    this.#hub.add(noteEntry({ group: this.#group, code, reason: null, text }));
  }
}
