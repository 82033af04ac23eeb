import { optionsDoor } from '../base/option-names.js';
import { countRow, switchRow } from '../base/option-rows.js';
import { optionReader, type RowsFor } from '../base/option-table.js';
import type { Message } from '../protocol/message.js';
import { DECODING_DROPS, type DecodingDropReason } from '../protocol/reasons.js';
import type { LazyPayload } from './stp.js';

/**
 * One way to write a message as a payload (protocol.md section 2). Two come with the library, `pureJson` and
 * `structJson`; for a peer that differs, bring your own.
 */
export interface Codec {
  /** What logs and errors call it. */
  readonly name: string;
  /**
   * Writes a message.
   *
   * @throws TypeError for data that JSON cannot carry, RangeError for an id or status out of range
   */
  encode(message: Message<unknown>): Buffer;
  /**
   * Reads a payload, which is only valid during the call.
   *
   * @param maxDepth a limit on the nesting of `data` that is lower than the codec's own, for a peer that is not trusted
   * @throws DecodeError for anything that is not a message
   */
  decode(payload: Buffer, maxDepth?: number): Message;
  /** Reads a payload whose checksum is wrong, for `answerChecksumErrors`; throws as `decode` does. */
  decodeUnverified?(payload: Buffer): Message;
}

/** Writes a message as a payload, which may not be bytes yet; throws as `encode` does. */
export type LazyEncoder = (message: Message<unknown>) => Buffer | LazyPayload;

/** By the codec itself: a copy of it with another `encode` must not be passed by. */
const lazyEncoders = new WeakMap<Codec, LazyEncoder>();

/**
 * A codec that also writes messages which are not bytes yet.
 *
 * @param encode gives what `codec.encode` gives, sooner or later
 */
export function withLazyEncoder(codec: Codec, encode: LazyEncoder): Codec {
  lazyEncoders.set(codec, encode);
  return codec;
}

/** How a codec writes messages that are not bytes yet; null where it cannot. */
export function lazyEncoderOf(codec: Codec): LazyEncoder | null {
  return lazyEncoders.get(codec) ?? null;
}

/** Settings of a codec. */
export interface CodecOptions {
  /** Send `NaN`, `Infinity` and `-Infinity` as Python's tokens instead of throwing: off. */
  readonly allowNan?: boolean | undefined;
  /** How deep arrays and objects of `data` may be nested, in both directions, at most 1,000: 128. */
  readonly maxDepth?: number | undefined;
}

/** Default of {@link CodecOptions.maxDepth}. */
export const DEFAULT_MAX_DEPTH = 128;

/** Python gives up at 990 levels, and a recursive reader runs out of stack not far beyond. */
const GREATEST_MAX_DEPTH = 1_000;

/** The options of {@link CodecOptions}. */
export const CODEC_OPTIONS = {
  allowNan: switchRow({ default: false, why: 'Only Python reads these tokens; JSON has none of them.' }),
  maxDepth: countRow({
    default: DEFAULT_MAX_DEPTH,
    most: GREATEST_MAX_DEPTH,
    why: 'No device nests deeper, and Python fails at 1,000.',
  }),
} satisfies RowsFor<CodecOptions>;

/** Codec options after the check. */
export interface CodecSettings {
  readonly allowNan: boolean;
  readonly maxDepth: number;
}

/**
 * Checks the options of a codec and fills in what is left out.
 *
 * @param call how to make the codec, for the error
 * @throws OptionError that names the first wrong option
 */
export function checkCodecOptions(options: CodecOptions, call: string): CodecSettings {
  optionsDoor('CodecOptions', call, CODEC_OPTIONS)(options);
  const read = optionReader(CODEC_OPTIONS, options);
  return { allowNan: read('allowNan'), maxDepth: read('maxDepth') };
}

/** An integer literal of more digits is refused, as Python 3.11 refuses it (`sys.set_int_max_str_digits`). */
export const MAX_INTEGER_DIGITS = 4300;

const DECODE_ERROR_BRAND = Symbol.for('socket-protocol.decode-error');

/**
 * A payload that is not a message. The error says what is wrong with it and never shows the payload.
 *
 * @example
 * ```ts
 * import { DecodeError, pureJson } from 'socket-protocol/wire';
 *
 * try {
 *   pureJson.decode(Buffer.from('{}'));
 * } catch (error) {
 *   if (error instanceof DecodeError) console.log(error.reason); // short
 * }
 * ```
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code = 'ERR_DECODE';
  readonly reason: DecodingDropReason;
  /** Where the JSON text stops being JSON, in characters from 0; undefined for any other fault. */
  readonly position: number | undefined;

  /** By this, other copies of the package recognise it. */
  get [DECODE_ERROR_BRAND](): true {
    return true;
  }

  constructor(reason: DecodingDropReason, message: string, position?: number) {
    // no stack trace: it would only show where we noticed a peer's nonsense, and it takes a quarter of the CPU of a flood
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.reason = reason;
    this.position = position;
  }
}

/** Anybody can carry a brand: the reason must be one. */
function isDecodeErrorOfAnotherCopy(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  try {
    const { [DECODE_ERROR_BRAND]: brand, reason, message } = thrown as Readonly<Record<PropertyKey, unknown>>;
    if (brand !== true || typeof message !== 'string') return false;
    return typeof reason === 'string' && Object.hasOwn(DECODING_DROPS, reason);
  } catch {
    return false;
  }
}

/** `instanceof` is true for those of other copies of the package as well. */
Object.defineProperty(DecodeError, Symbol.hasInstance, {
  value(this: unknown, thrown: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, thrown)) return true;
    return this === DecodeError && isDecodeErrorOfAnotherCopy(thrown);
  },
});
