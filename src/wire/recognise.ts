/** Which codec a payload belongs to, for debugging payloads that could not be read. */

import { bufferOf } from '../base/bytes.js';
import { DecodeError } from './codec.js';
import { createPureJson } from './pure-json.js';
import { createStructJson } from './struct-json.js';

const CODECS = [createPureJson(), createStructJson()];

/**
 * Finds the codec of a payload by trying each.
 *
 * @param payload the bytes of a frame
 * @returns the name of the codec that reads them with a correct checksum; null if none does
 */
export function recogniseCodec(payload: Uint8Array): string | null {
  const bytes = bufferOf(payload);
  for (const codec of CODECS) {
    try {
      codec.decode(bytes);
      return codec.name;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  return null;
}
