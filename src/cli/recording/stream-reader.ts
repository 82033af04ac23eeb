/** Reads one direction of a connection: its messages, frames that are not messages, bytes that are not frames. */

import type { Message } from '../../protocol/message.js';
import type { DecodingDropReason, FramingDropReason } from '../../protocol/reasons.js';
import { HexMask } from '../../session/journal/hex-mask.js';
import { type Codec, DecodeError } from '../../wire/codec.js';
import { StpDecoder, type StpDrop } from '../../wire/stp.js';

/** Which of the two peers sent something. */
export type Side = 'client' | 'server';

/** What was found in a stream. */
export type StreamItem =
  | {
      readonly kind: 'message';
      readonly message: Message;
      readonly payload: Buffer;
      /** Its data is not all of it: it cannot be played again. */
      readonly isCut?: boolean;
    }
  /** A frame that is not a message. */
  | {
      readonly kind: 'refused';
      readonly reason: DecodingDropReason;
      readonly detail: string;
      readonly payload: Buffer;
      /** How many bytes the frame had, where not all of them were kept. */
      readonly byteLength?: number;
      /** The other codec in which it is a message, as a recording says; null: in none. */
      readonly otherCodec?: string | null;
    }
  /** Bytes that are not a frame. */
  | {
      readonly kind: 'noise';
      readonly reason: FramingDropReason;
      /** The other protocol that the stream begins with, where that is the reason. */
      readonly protocol?: string | undefined;
      readonly byteLength: number;
      /** The first of them, with a mask over possible seeds and keys. */
      readonly sample: Buffer;
    };

/** How many bytes of noise are shown: about a line of text, enough to see what it is. */
const MAX_SAMPLE_BYTES = 64;

/** Finds the items of a stream. */
export class StreamReader {
  readonly #codec: Codec;
  readonly #onFound: (item: StreamItem) => void;
  readonly #decoder: StpDecoder;
  /** One for all pieces of noise in a row, because a seed may come in pieces. */
  readonly #mask = new HexMask();

  constructor(codec: Codec, onFound: (item: StreamItem) => void) {
    this.#codec = codec;
    this.#onFound = onFound;
    this.#decoder = new StpDecoder(
      {
        frame: (payload) => this.payload(Buffer.from(payload)),
        dropped: (drop) => this.#dropped(drop),
      },
      { maxSampleLength: MAX_SAMPLE_BYTES },
    );
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
  }

  /** Ends the stream, which reports an unfinished frame. */
  end(): void {
    this.#decoder.reset();
  }

  /** Takes a payload without its frame, as a log shows it. */
  payload(payload: Buffer): void {
    this.#mask.reset();
    try {
      this.#onFound({ kind: 'message', message: this.#codec.decode(payload), payload });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#onFound({ kind: 'refused', reason: error.reason, detail: error.message, payload });
    }
  }

  #dropped({ reason, byteLength, protocol, sample }: StpDrop): void {
    const shown = sample ?? Buffer.alloc(0);
    const masked = this.#mask.next(shown, byteLength - shown.length);
    this.#onFound({ kind: 'noise', reason, protocol, byteLength, sample: masked });
  }
}
