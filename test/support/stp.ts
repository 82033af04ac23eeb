import { StpDecoder, type StpDrop } from '../../src/wire/index.js';

/** What came out of a decoder. */
export interface Decoded {
  frames: Buffer[];
  drops: StpDrop[];
}

/** Decodes chunks; every payload is copied, as a user who keeps it must. */
export function decodeChunks(chunks: Iterable<Uint8Array>, maxFrameLength?: number): Decoded {
  const decoded: Decoded = { frames: [], drops: [] };
  const decoder = new StpDecoder(
    {
      frame: (payload) => decoded.frames.push(Buffer.from(payload)),
      dropped: (drop) => decoded.drops.push(drop),
    },
    maxFrameLength === undefined ? {} : { maxFrameLength },
  );
  for (const chunk of chunks) decoder.push(chunk);
  return decoded;
}

/** Decodes a stream whole. */
export function decodeAll(stream: Uint8Array, maxFrameLength?: number): Decoded {
  return decodeChunks([stream], maxFrameLength);
}

/** A stream, one byte at a time. */
export function* byteByByte(stream: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < stream.length; i++) yield stream.subarray(i, i + 1);
}
