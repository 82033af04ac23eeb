/**
 * Warnings of the process: for what a person must see although no logger is set and nobody listens.
 *
 * Each has the type `SocketProtocolWarning` and one of these codes, so that a program can tell them apart and
 * `node --disable-warning=CODE` can switch one off. They cannot flood anything: about one matter of one session there is one
 * a minute, and of one code in all ten at once and then one a second. The next one says how many were left out.
 */

/** Which warnings there are, and what each is about. */
export const WARNINGS = Object.freeze({
  SP_SHORT_SECRET: 'the secret is short enough to be found by trying',
  SP_CALLBACK_FAILED: 'a handler or callback failed, no logger is set, and nobody listens to callbackError',
  SP_LISTENER_FAILED: 'a listener of a session or a server threw or rejected',
  SP_UNKNOWN_EVENT: 'a listener waits for an event whose name is misspelt, and is never called',
  SP_LOGGER_FAILED: 'the logger threw or rejected',
  SP_OBSERVER_FAILED: 'the observer threw or rejected, and is not called again',
  SP_INSPECTOR_FAILED: 'the inspector threw or rejected, and is not called again',
  SP_CODEC_FAILED:
    'a codec threw something else than a DecodeError, or returned no message; the frame was dropped',
  SP_ON_SESSION_FAILED:
    'onSession or a listener of session threw or rejected, or no session could be made; the connection was closed',
  SP_GROUP_FAILED: 'the option group of a server threw, or returned no group; the session is in none',
  SP_PEERS_REFUSED: 'a server turned peers away, no logger is set, and nobody listens to refused',
  SP_CANNOT_LISTEN: 'a server cannot listen, no logger is set, and nobody listens to connectFailed',
  SP_ACCEPT_FAILED: 'the system could not hand over a connection',
  SP_NO_DESCRIPTORS: 'the process has no file descriptors left for connections',
  SP_TLS_CERTIFICATE: 'the certificate of this side has expired, or is not valid yet',
  SP_TLS_KEYLOG: 'the keys of TLS connections go to a file, or cannot',
  SP_BUS_FAILED: 'a message bus was not allowed something, does not come back, or was cut short',
  SP_SUBSCRIBER_FAILED: 'what subscribed to a message bus threw or rejected',
  SP_SESSION_FAILED:
    'a transport, clock, codec or other part of a session failed, and the session was closed',
  SP_RECORDING_FAILED: 'a failure could not be written to the folder of recordFailures',
  SP_DEBUGGER_AWAY: 'the debugger of another process, which this one has joined, does not answer',
  SP_INTERNAL: 'a part of this library failed',
});

/** The code of a warning. */
export type WarningCode = keyof typeof WARNINGS;

/** More about a warning. */
export interface WarningContext {
  /** What it is about, a session or a logger: each has its own count. The process unless given. */
  readonly scope?: object | undefined;
  /** Which matter of it, such as the name of an event. */
  readonly matter?: string;
  /** What is printed below it, such as a stack. */
  readonly detail?: string | undefined;
}

/** How long a matter is not warned about again. */
const REPEAT_MS = 60_000;
/** Matters that a scope keeps apart; a peer may decide how many there are. */
const MAX_MATTERS = 100;
const OTHER_MATTERS = '…';
/** Warnings of one code at once, and how long it takes until there may be another. */
const BURST = 10;
const REFILL_MS = 1_000;

interface Matter {
  warnedMs: number;
  leftOut: number;
}

interface Bucket {
  room: number;
  filledMs: number;
  leftOut: number;
}

/** Warns, and leaves out what would be too much. */
export class Warnings {
  readonly #now: () => number;
  readonly #process = {};
  readonly #matters = new WeakMap<object, Map<string, Matter>>();
  readonly #buckets = new Map<WarningCode, Bucket>();

  /** @param now the time in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Warns the process, unless too much has been warned about already.
   *
   * @param text what went wrong, where, and what to do
   */
  warn(code: WarningCode, text: string, { scope, matter = '', detail }: WarningContext = {}): void {
    const nowMs = this.#now();
    const about = this.#matter(scope ?? this.#process, `${code} ${matter}`);
    const bucket = this.#bucket(code, nowMs);
    if (nowMs - about.warnedMs < REPEAT_MS) {
      about.leftOut++;
      return;
    }
    if (bucket.room < 1) {
      bucket.leftOut++;
      return;
    }
    const leftOut = about.leftOut + bucket.leftOut;
    about.warnedMs = nowMs;
    about.leftOut = bucket.leftOut = 0;
    bucket.room--;
    const more = leftOut === 0 ? '' : ` (${leftOut} such warnings were left out before it)`;
    process.emitWarning(`${text}${more}`, {
      type: 'SocketProtocolWarning',
      code,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  #matter(scope: object, name: string): Matter {
    let matters = this.#matters.get(scope);
    if (matters === undefined) this.#matters.set(scope, (matters = new Map()));
    const key = matters.has(name) || matters.size < MAX_MATTERS ? name : OTHER_MATTERS;
    let matter = matters.get(key);
    if (matter === undefined) matters.set(key, (matter = { warnedMs: Number.NEGATIVE_INFINITY, leftOut: 0 }));
    return matter;
  }

  #bucket(code: WarningCode, nowMs: number): Bucket {
    let bucket = this.#buckets.get(code);
    if (bucket === undefined)
      this.#buckets.set(code, (bucket = { room: BURST, filledMs: nowMs, leftOut: 0 }));
    const { room, filledMs } = bucket;
    bucket.room = Math.min(BURST, room + Math.max(0, nowMs - filledMs) / REFILL_MS);
    bucket.filledMs = nowMs;
    return bucket;
  }
}

const warnings = new Warnings();

/**
 * Warns the process, unless too much has been warned about already; see {@link WARNINGS}.
 *
 * @param text what went wrong, where, and what to do
 */
export function warn(code: WarningCode, text: string, context?: WarningContext): void {
  warnings.warn(code, text, context);
}
