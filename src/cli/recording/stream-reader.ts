/** Reads one direction of a connection as it passes: messages, what is refused and why, and noise. */

import type { Message } from '../../protocol/message.js';
import type { DecodingDropReason, FramingDropReason } from '../../protocol/reasons.js';
import { HexMask } from '../../session/journal/hex-mask.js';
import { type Codec, DecodeError } from '../../wire/codec.js';
import { StpDecoder, type StpDrop } from '../../wire/stp.js';

/** Which of the two peers said something. */
export type Side = 'client' | 'server';

/** What was found in a stream. */
export type StreamItem =
  | { readonly kind: 'message'; readonly message: Message; readonly payload: Buffer }
  /** A frame that is no message. */
  | {
      readonly kind: 'refused';
      readonly reason: DecodingDropReason;
      readonly detail: string;
      readonly payload: Buffer;
    }
  /** Bytes that are no frame. */
  | {
      readonly kind: 'noise';
      readonly reason: FramingDropReason;
      /** The other protocol that the stream begins with, where that is the reason. */
      readonly protocol?: string | undefined;
      readonly byteLength: number;
      /** The first of them, without what may be a seed or a key. */
      readonly sample: Buffer;
    };

/** So many bytes of noise are shown: a line of text, in which one sees what it is. */
const MAX_SAMPLE_BYTES = 64;

/** Finds the messages of a stream. */
export class StreamReader {
  readonly #codec: Codec;
  readonly #found: (item: StreamItem) => void;
  readonly #decoder: StpDecoder;
  /** Over all pieces of noise in a row: a seed may come in pieces. */
  readonly #mask = new HexMask();

  constructor(codec: Codec, found: (item: StreamItem) => void) {
    this.#codec = codec;
    this.#found = found;
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

  /** The stream is over: an unfinished frame is told. */
  end(): void {
    this.#decoder.reset();
  }

  /** Takes a payload without its frame, as a log shows it. */
  payload(payload: Buffer): void {
    this.#mask.reset();
    try {
      this.#found({ kind: 'message', message: this.#codec.decode(payload), payload });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#found({ kind: 'refused', reason: error.reason, detail: error.message, payload });
    }
  }

  #dropped({ reason, byteLength, protocol, sample }: StpDrop): void {
    const shown = sample ?? Buffer.alloc(0);
    const masked = this.#mask.next(shown, byteLength - shown.length);
    this.#found({ kind: 'noise', reason, protocol, byteLength, sample: masked });
  }
}
