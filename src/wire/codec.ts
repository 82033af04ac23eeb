import type { Message } from '../protocol/message.js';

/**
 * One way to write a message as a payload (protocol.md section 2). Two come with the library, `pureJson` and
 * `structJson`; a peer that differs gets one of its own.
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
   * @throws DecodeError for everything that is no message
   */
  decode(payload: Buffer, maxDepth?: number): Message;
  /** Reads a payload whose checksum is wrong, for `answerChecksumErrors`; throws as `decode` does. */
  decodeUnverified?(payload: Buffer): Message;
}

/** Settings of a codec. */
export interface CodecOptions {
  /** Send `NaN`, `Infinity` and `-Infinity` as Python's tokens of these names; off: they throw. */
  readonly allowNan?: boolean;
  /** How deep arrays and objects of `data` may be nested, in both directions: 128; at most 1,000. */
  readonly maxDepth?: number;
}

/** Default of {@link CodecOptions.maxDepth}. */
export const DEFAULT_MAX_DEPTH = 128;

/** Python gives up at 990, and a reader that goes down much further runs out of stack. */
const GREATEST_MAX_DEPTH = 1_000;

/**
 * The setting {@link CodecOptions.maxDepth}, or its default.
 *
 * @throws RangeError for what is no integer from 1 to 1,000
 */
export function maxDepthOf({ maxDepth = DEFAULT_MAX_DEPTH }: CodecOptions): number {
  if (!Number.isInteger(maxDepth) || maxDepth < 1 || maxDepth > GREATEST_MAX_DEPTH) {
    throw new RangeError(
      `expected maxDepth to be an integer from 1 to ${GREATEST_MAX_DEPTH}, got ${String(maxDepth)}`,
    );
  }
  return maxDepth;
}

/** An integer literal of more digits is refused, as Python 3.11 refuses it (`sys.set_int_max_str_digits`). */
export const MAX_INTEGER_DIGITS = 4300;

/**
 * What is wrong with a payload: `short`: it has no room for a checksum; `checksum`: the checksum differs;
 * `encoding`: not UTF-8; `json`: not JSON; `number`: an integer of more than 4,300 digits;
 * `depth`: nested too deep; `shape`: JSON, but no message.
 */
export type DecodeErrorReason = 'short' | 'checksum' | 'encoding' | 'json' | 'number' | 'depth' | 'shape';

/**
 * A payload that is no message; says what was expected and what came, never the payload itself.
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
  readonly reason: DecodeErrorReason;
  /** Where the JSON text stops being JSON, in characters from 0; undefined for any other fault. */
  readonly position: number | undefined;

  constructor(reason: DecodeErrorReason, message: string, position?: number) {
    // no stack trace: it would say where in this library a peer's nonsense was noticed, at a quarter of the cost of a
    // flood of it
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.reason = reason;
    this.position = position;
  }
}
