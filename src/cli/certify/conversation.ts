/**
 * Does what the steps of a rule say, on one connection after the other, and records what comes.
 *
 * Nothing waits for ever: each wait for an answer has the time of one, whatever the peer sends meanwhile, and what is kept of it
 * is bounded.
 */

import type { Clock } from '../../base/clock.js';
import { ConnectError } from '../../protocol/errors.js';
import type { Message } from '../../protocol/message.js';
import { type AuthenticationReason, textOfReason } from '../../protocol/reasons.js';
import { type Codec, DecodeError } from '../../wire/codec.js';
import { encodeStp, StpDecoder } from '../../wire/stp.js';
import type { End } from './end.js';
import { type RunningHandshake, startHandshake } from './handshake.js';
import type { OpenLink, RawLink } from './link.js';
import { type LinkRecord, lastLinkOf, type RecordEvent } from './record.js';
import type { Step } from './rule.js';

/** What a conversation is held with. */
export interface ConversationSettings {
  readonly open: OpenLink;
  readonly clock: Clock;
  readonly codec: Codec;
  readonly secret: Buffer | null;
  readonly end: End;
  /** How long to wait for each answer, and for a connection that we open, in milliseconds. */
  readonly timeoutMs: number;
  /** How long to wait for what should not come, in milliseconds. */
  readonly settleMs: number;
  readonly interrupted: AbortSignal;
}

/** A rule cannot be judged, because it does not get as far as its conversation. */
export class CannotTalk extends Error {
  override readonly name = 'CannotTalk';
  /** Why the peer does not trust us, where it is that. */
  readonly reason: AuthenticationReason | null;

  constructor(message: string, reason: AuthenticationReason | null = null) {
    super(message);
    this.reason = reason;
  }
}

/** The peer that we wait for does not come. */
export class DidNotCome extends CannotTalk {}

/** No rule is about more than this; a peer that sends more is not listened to. */
const MAX_EVENTS = 4_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** As much of noise as a person looks at. */
const MAX_SAMPLE_LENGTH = 64;
/** A device with room for one connection needs a moment before the next. */
const RETRY_MS = 200;
/** A peer that does not hang up when we have is not waited for. */
const HANG_UP_MS = 300;
/** Segments of their own: Node and the system join what is written at once. */
const BETWEEN_SEGMENTS_MS = 2;

/** What our end does by itself on a connection. */
type Manners = 'everything' | 'names' | 'nothing';

/** One conversation; it may use several connections, one after the other. */
export class Conversation implements AsyncDisposable {
  #settings: ConversationSettings;
  #record: RecordEvent[] = [];
  #manners: Manners = 'everything';
  /** Whether the next connect may go on with the connection that there is. */
  #mayStay = false;
  readonly #decoder: StpDecoder;
  #link: RawLink | null = null;
  /** Counts connections, so that what a former one still reports is not taken for the present one's. */
  #connection = 0;
  #connectError: Error | null = null;
  #isOpen = false;
  #isClosed = true;
  #isGone = false;
  #bytes = 0;
  #handshake: RunningHandshake | null = null;
  #look: () => void = () => {};

  constructor(settings: ConversationSettings) {
    this.#settings = settings;
    this.#decoder = new StpDecoder(
      {
        frame: (payload) => this.#frame(payload),
        dropped: ({ reason, byteLength, sample, protocol = null }) =>
          this.#push({ kind: 'bad frame', reason, byteLength, sample: Buffer.from(sample ?? []), protocol }),
      },
      { maxSampleLength: MAX_SAMPLE_LENGTH },
    );
  }

  /** What has happened so far. */
  get record(): LinkRecord {
    return this.#record;
  }

  /**
   * Begins another rule, with a record of its own.
   *
   * @param mayStay whether it may go on with the connection that there is
   */
  begin(settings: ConversationSettings, mayStay: boolean): void {
    this.#settings = settings;
    this.#record = [];
    this.#bytes = 0;
    this.#mayStay = mayStay;
  }

  /**
   * Does one step after the other.
   *
   * @throws (rejects) CannotTalk where the peer cannot be reached, greets nobody or does not trust us; the reason of an interruption
   */
  async perform(steps: readonly Step[]): Promise<LinkRecord> {
    for (const step of steps) {
      this.#settings.interrupted.throwIfAborted();
      await this.#perform(step);
    }
    return this.#record;
  }

  async #perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'connect':
        if (this.#stays(step)) return;
        await this.hangUp();
        try {
          await this.#connect(mannersOf(step));
          if (step.isSilent !== true) await this.#greet();
        } catch (error) {
          if (step.mayFail !== true || !(error instanceof CannotTalk)) throw error;
          this.#push({ kind: 'unreachable', why: error.message });
        }
        return;
      case 'authenticate':
        return await this.#authenticate();
      case 'send':
        return await this.#send(step.label, step.pieces(this.#record));
      case 'hear':
        return await this.#hear(step);
      case 'end':
        this.#push({ kind: 'we ended' });
        this.#manners = 'nothing';
        this.#link?.end();
        return;
    }
  }

  /** Whether the connection of the rule before is as good as another. */
  #stays(step: Extract<Step, { do: 'connect' }>): boolean {
    const mayStay = this.#mayStay && !this.#isOver && this.#manners === 'everything';
    this.#mayStay = false;
    return mayStay && mannersOf(step) === 'everything';
  }

  /** Connects, without another attempt. */
  async connectOnce(): Promise<Error | null> {
    await this.hangUp();
    return await this.#attempt(this.#connectMs, 'everything');
  }

  /** How long a connection may take. */
  get #connectMs(): number {
    return this.#settings.end.waitMs ?? this.#settings.timeoutMs;
  }

  async #connect(manners: Manners): Promise<void> {
    const { clock, interrupted, end } = this.#settings;
    const deadline = clock.now() + this.#connectMs;
    for (;;) {
      const error = await this.#attempt(Math.max(1, deadline - clock.now()), manners);
      interrupted.throwIfAborted();
      if (error === null) return;
      if (clock.now() + RETRY_MS >= deadline)
        throw end.waitMs === null
          ? new CannotTalk(error.message)
          : new DidNotCome(`the peer did not come back within ${end.waitMs} ms`);
      await this.#pause(RETRY_MS);
    }
  }

  /** Null once there is a connection. */
  async #attempt(timeoutMs: number, manners: Manners): Promise<Error | null> {
    this.#manners = manners;
    const number = ++this.#connection;
    const isCurrent = (): boolean => this.#connection === number;
    this.#isOpen = this.#isClosed = this.#isGone = false;
    this.#connectError = null;
    this.#decoder.reset();
    this.#link = this.#settings.open({
      opened: () => {
        if (!isCurrent()) return;
        this.#isOpen = true;
        this.#push({ kind: 'opened' });
        this.#look();
      },
      bytes: (chunk) => isCurrent() && this.#received(chunk),
      ended: () => isCurrent() && this.#gone('ended'),
      closed: (error) => {
        if (!isCurrent()) return;
        this.#isClosed = true;
        if (this.#isOpen) this.#gone(error === null ? 'ended' : 'reset');
        else this.#connectError = error ?? new Error('the peer hung up at once');
        this.#look();
      },
    });
    const isDecided = await this.#waitUntil(() => this.#isOpen || this.#isClosed, timeoutMs);
    if (isDecided) return this.#connectError;
    this.#drop();
    return new ConnectError(
      'the peer',
      'connect-timeout',
      `no connection within ${Math.round(timeoutMs)} ms`,
    );
  }

  async #greet(): Promise<void> {
    const { end, timeoutMs } = this.#settings;
    // what came before we asked is no answer
    const from = end.greeting === null ? lastLinkOf(this.#record) : this.#record.length;
    if (end.greeting !== null) this.#write(this.#encoded(end.greeting));
    const isStranger = this.#manners !== 'everything';
    const isGreeted = (): boolean => end.isGreeted(this.#record.slice(from), isStranger);
    await this.#waitUntil(() => isGreeted() || this.#isOver, timeoutMs);
    if (isGreeted()) return;
    if (this.#record.some(({ kind }) => kind === 'flooded'))
      throw new CannotTalk('the peer sends more than can be read');
    const [did, infinitive] = end.greets;
    throw new CannotTalk(
      this.#isOver
        ? `the peer hung up before it ${did}`
        : `the peer did not ${infinitive} within ${timeoutMs} ms`,
    );
  }

  async #authenticate(): Promise<void> {
    const { secret, clock, timeoutMs, interrupted } = this.#settings;
    if (secret === null) throw new CannotTalk('needs the secret');
    const handshake = startHandshake(secret, {
      clock,
      timeoutMs,
      send: (message) => this.#write(this.#encoded(message)),
    });
    this.#handshake = handshake;
    if (this.#isOver) handshake.lost();
    const giveUp = (): void => handshake.lost();
    interrupted.addEventListener('abort', giveUp);
    const reason = await handshake.outcome;
    interrupted.removeEventListener('abort', giveUp);
    interrupted.throwIfAborted();
    this.#handshake = null;
    if (reason !== null) throw new CannotTalk(`could not authenticate: ${textOfReason(reason)}`, reason);
  }

  async #send(label: string, pieces: readonly Uint8Array[] | null): Promise<void> {
    if (pieces === null) return;
    this.#push({ kind: 'sent', label });
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await this.#pause(BETWEEN_SEGMENTS_MS);
      this.#write(piece);
    }
  }

  async #hear({ until, count = () => 0 }: Extract<Step, { do: 'hear' }>): Promise<void> {
    const from = this.#record.findLastIndex(({ kind }) => kind === 'sent' || kind === 'opened') + 1;
    const since = (): LinkRecord => this.#record.slice(from);
    const isDone = (): boolean => this.#isOver || until(since());
    for (let heard = 0; !isDone(); heard = count(since())) {
      const isMore = await this.#waitUntil(
        () => isDone() || count(since()) > heard,
        this.#settings.timeoutMs,
      );
      if (!isMore) break;
    }
    // what must not come would come now
    if (!this.#isOver) await this.#pause(this.#settings.settleMs);
  }

  /** Whether nothing more can come on this connection. */
  get #isOver(): boolean {
    return this.#isClosed || this.#isGone;
  }

  /** Ends the connection, if there is one. */
  async hangUp(): Promise<void> {
    if (this.#link === null) return;
    const link = this.#link;
    link.end();
    if (!this.#isClosed) await this.#waitUntil(() => this.#isClosed, HANG_UP_MS);
    this.#drop();
  }

  #drop(): void {
    this.#connection++;
    this.#link?.destroy();
    this.#link = null;
    this.#isClosed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
  }

  #encoded(message: Message<unknown>): Buffer {
    return encodeStp(this.#settings.codec.encode(message));
  }

  #write(bytes: Uint8Array): void {
    this.#link?.write(bytes);
  }

  #received(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BYTES || this.#record.length > MAX_EVENTS) return this.#flooded();
    this.#decoder.push(chunk);
    this.#look();
  }

  #flooded(): void {
    this.#push({ kind: 'flooded' });
    this.#drop();
    this.#handshake?.lost();
    this.#look();
  }

  #frame(payload: Buffer): void {
    try {
      const message = this.#settings.codec.decode(payload);
      this.#push({
        kind: 'message',
        message,
        payload: Buffer.from(payload),
        ms: this.#settings.clock.now(),
      });
      this.#handshake?.heard(message);
      this.#answer(message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#push({ kind: 'undecodable', reason: error.reason });
    }
  }

  #answer(message: Message): void {
    if (this.#manners === 'nothing') return;
    const answer = this.#settings.end.answerTo(message, this.#manners !== 'everything');
    if (answer !== null) this.#write(this.#encoded(answer));
  }

  #gone(how: 'ended' | 'reset'): void {
    if (!this.#isGone) this.#push({ kind: 'gone', how });
    this.#isGone = true;
    this.#handshake?.lost();
    this.#look();
  }

  #push(event: RecordEvent): void {
    this.#record.push(event);
  }

  async #pause(ms: number): Promise<void> {
    await this.#waitUntil(() => false, ms);
  }

  /** Resolves with whether it came true in time; an interruption ends the wait. */
  async #waitUntil(isTrue: () => boolean, ms: number): Promise<boolean> {
    const { clock, interrupted } = this.#settings;
    if (isTrue() || interrupted.aborted) return isTrue();
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clock.clearTimeout(timer);
        interrupted.removeEventListener('abort', settle);
        this.#look = () => {};
        resolve();
      };
      const timer = clock.setTimeout(settle, ms);
      interrupted.addEventListener('abort', settle);
      this.#look = () => {
        if (isTrue()) settle();
      };
    });
    return isTrue();
  }
}

function mannersOf({ isSilent, isStranger }: Extract<Step, { do: 'connect' }>): Manners {
  if (isSilent === true) return 'nothing';
  return isStranger === true ? 'names' : 'everything';
}
