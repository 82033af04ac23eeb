import type {
  CommInstance,
  ConnectCallback,
  DataCallback,
  DisconnectCallback,
  LinkLimits,
  ReconnectPolicy,
} from '../../../src/index.js';
import type { LinkReason } from '../../../src/protocol/reasons.js';
import type { MemoryComm } from '../../../src/transport/memory.js';
import type { StpDrop } from '../../../src/wire/index.js';
import { type Faults, InjectedFailure, type SideName } from './faults.js';

/** A transport whose calls may fail; under it, one end of a memory pair. */
export class FaultyComm implements CommInstance {
  readonly isClient: boolean;
  readonly supervise?: () => ReconnectPolicy;
  readonly #inner: MemoryComm;
  readonly #faults: Faults;
  readonly #side: SideName;
  #onFailure: (error: Error) => void = () => {};

  constructor(inner: MemoryComm, faults: Faults, side: SideName) {
    this.#inner = inner;
    this.#faults = faults;
    this.#side = side;
    this.isClient = inner.isClient;
    const { supervise } = inner;
    if (supervise !== undefined) {
      this.supervise = () => {
        const policy = supervise();
        return {
          ...policy,
          delayMs: (failedAttempts) => {
            this.#check('delayMs throws');
            return policy.delayMs(failedAttempts);
          },
        };
      };
    }
  }

  #check(kind: string): void {
    this.#faults.check(`${this.#side}.${kind}`);
  }

  #hits(kind: string): boolean {
    return this.#faults.hits(`${this.#side}.${kind}`);
  }

  isConnected(): boolean {
    return this.#inner.isConnected();
  }

  initChannelName(name: string | null): void {
    this.#check('initChannelName throws');
    this.#inner.initChannelName(name);
  }

  reconnect(): void {
    this.#check('connect throws');
    if (this.#hits('connect fails')) {
      this.#inner.disconnect('reconnect-requested');
      this.#onFailure(new InjectedFailure('connect fails'));
    } else if (!this.#hits('connect hangs')) {
      this.#inner.reconnect();
    }
  }

  send(payload: Buffer): boolean {
    this.#check('send throws');
    return !this.#hits('send refuses') && this.#inner.send(payload);
  }

  registerCallback(callback: DataCallback): void {
    this.#inner.registerCallback(callback);
  }

  registerConnectCallback(callback: ConnectCallback): void {
    this.#inner.registerConnectCallback(callback);
  }

  registerDisconnectCallback(callback: DisconnectCallback): void {
    this.#inner.registerDisconnectCallback(callback);
  }

  registerFailureCallback(callback: (error: Error) => void): void {
    this.#onFailure = callback;
    this.#inner.registerFailureCallback(callback);
  }

  registerDropCallback(callback: (drop: StpDrop) => void): void {
    this.#inner.registerDropCallback(callback);
  }

  registerDrainCallback(callback: () => void): void {
    this.#inner.registerDrainCallback(callback);
  }

  disconnect(reason: LinkReason): void {
    this.#check('disconnect throws');
    this.#inner.disconnect(reason);
  }

  close(): Promise<void> {
    this.#check('close throws');
    this.#inner.close();
    return this.#hits('close rejects')
      ? Promise.reject(new InjectedFailure('close rejects'))
      : Promise.resolve();
  }

  limit(limits: LinkLimits): void {
    this.#check('limit throws');
    this.#inner.limit(limits);
  }

  pause(): void {
    this.#check('pause throws');
    this.#inner.pause();
  }

  resume(): void {
    this.#check('resume throws');
    this.#inner.resume();
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  get peerAddress(): string {
    return this.#inner.peerAddress;
  }
}
