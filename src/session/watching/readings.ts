import type { Clock } from '../../base/clock.js';
import type { AbortSignalLike } from '../../base/signals.js';
import { codeOfError } from '../../protocol/error-brand.js';
import type { JsonValue, PlainData } from '../../protocol/message.js';
import type { Inspector } from '../options.js';
import type { RequestOptions } from '../request-options.js';
import { Feed, type FeedHost } from './feed.js';
import type { Reading } from './types.js';
import { makeWatchActor, type WatchActor, type WatchEffects } from './watch-actor.js';

/** What is watched, and how. */
export interface WatchSettings {
  readonly dataId: number;
  readonly everyMs: number;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignalLike | undefined;
  readonly onError: 'wait' | 'throw';
}

/** What a feed of readings asks of those that hold it. */
export interface ReadingsHost extends FeedHost {
  readonly clock: Clock;
  readonly inspect: Inspector | undefined;
  /** Whether no connection will come by itself. */
  readonly isAbandoned: boolean;
  read(dataId: number, options: RequestOptions): Promise<JsonValue>;
  /** The machine failed. */
  crashed(error: unknown): void;
  failed(error: unknown): void;
}

/** Failures that say nothing of the data: a moment later it may be there. */
const PASSING: ReadonlySet<unknown> = new Set([
  'ERR_CONNECTION_LOST',
  'ERR_TIMEOUT',
  'ERR_TOO_MANY_REQUESTS',
]);

/** Data of the peer, read again and again. A loop that does not keep up gets the newest. */
export class Readings<T extends PlainData<T> = JsonValue> extends Feed<Reading<T>> implements WatchEffects {
  /** How many readings were missed so far, including those that no value has reported yet. */
  missed = 0;
  readonly #readingsHost: ReadingsHost;
  readonly #settings: WatchSettings;
  #actor: WatchActor | null = null;
  /** When the first reading began, and which moment was the last that is accounted for. */
  #startMs = 0;
  #moment = 0;
  #untold = 0;
  /** Of the reading that is under way. */
  #cancel: AbortController | null = null;

  constructor(host: ReadingsHost, settings: WatchSettings) {
    super(host, settings.signal);
    this.#readingsHost = host;
    this.#settings = settings;
  }

  protected override begun(): void {
    const { clock, inspect } = this.#readingsHost;
    this.#actor = makeWatchActor(this, `${this.#settings.dataId} watch`, clock, inspect);
    this.#actor.send({ type: 'watch.begin' });
  }

  protected override over(): void {
    const actor = this.#actor;
    this.#actor = null;
    actor?.send({ type: 'watch.end' });
  }

  override sessionClosing(): void {
    this.end();
  }

  // ── the effects of the machine ──

  beginClock(): void {
    this.#startMs = this.#readingsHost.clock.now();
  }

  timeToNextMs(): number {
    const dueMs = this.#startMs + (this.#moment + 1) * this.#settings.everyMs;
    return Math.max(0, dueMs - this.#readingsHost.clock.now());
  }

  /** At least one has passed; several, where the process stood still. The last of them is missed too, unless a reading begins. */
  countMoments(): void {
    const { clock } = this.#readingsHost;
    const present = Math.floor((clock.now() - this.#startMs) / this.#settings.everyMs);
    const passed = Math.max(1, present - this.#moment);
    this.#moment += passed;
    this.#miss(passed);
  }

  countMissed(): void {
    this.#miss(1);
  }

  #miss(count: number): void {
    this.#untold += count;
    this.missed += count;
  }

  read(isAtMoment: boolean): void {
    // the moment at which it begins is not missed
    if (isAtMoment) this.#miss(-1);
    const { dataId, timeoutMs } = this.#settings;
    const cancel = new AbortController();
    this.#cancel = cancel;
    this.#readingsHost.read(dataId, { timeout: timeoutMs, signal: cancel.signal }).then(
      (value) => {
        if (this.#cancel === cancel) this.#came(value as T);
      },
      (error: unknown) => {
        if (this.#cancel === cancel) this.#failed(error);
      },
    );
  }

  cancelReading(): void {
    const cancel = this.#cancel;
    this.#cancel = null;
    cancel?.abort();
  }

  #came(value: T): void {
    this.#cancel = null;
    const older = this.takeBack();
    // read, but never taken
    if (older !== undefined) {
      this.missed++;
      this.#untold += older.missed + 1;
    }
    const missed = this.#untold;
    this.#untold = 0;
    this.offer({ value, missed, at: this.#readingsHost.clock.now() });
    this.#actor?.send({ type: 'reading.came' });
  }

  #failed(error: unknown): void {
    this.#cancel = null;
    const code = codeOfError(error);
    const isPassing = this.#settings.onError === 'wait' && PASSING.has(code);
    if (isPassing && !(code === 'ERR_CONNECTION_LOST' && this.#readingsHost.isAbandoned))
      return this.#actor?.send({ type: 'reading.failed' });
    const actor = this.#actor;
    this.#actor = null;
    actor?.send({ type: 'reading.refused' });
    if (code === 'ERR_SESSION_CLOSED') this.end();
    else this.fail(error);
  }

  // ── the actor ──

  announced(): void {}
  stepped(): void {}

  crashed(error: unknown): void {
    this.#actor = null;
    this.#readingsHost.crashed(error);
    this.fail(error);
  }

  /** An effect threw: a clock, for example. */
  effectFailed(error: unknown): void {
    this.#readingsHost.failed(error);
  }
}
