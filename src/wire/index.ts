/// <reference types="node" preserve="true" />

export { CRC32_LENGTH, crc32, xorOf } from './checksum.js';
export {
  type Codec,
  type CodecOptions,
  DEFAULT_MAX_DEPTH,
  DecodeError,
  MAX_INTEGER_DIGITS,
} from './codec.js';
export { COLON } from './colon-runs.js';
export { parseJson, stringifyJson } from './json.js';
export { createPureJson, pureJson } from './pure-json.js';
export {
  DEFAULT_MAX_FRAME_LENGTH,
  encodeStp,
  FRAME_END,
  FRAME_OVERHEAD,
  FRAME_START,
  LITERAL_COLON,
  maxEncodedLength,
  type OtherProtocol,
  StpDecoder,
  type StpDecoderOptions,
  type StpDrop,
  type StpHandler,
  writeStp,
} from './stp.js';
export { createStructJson, structJson } from './struct-json.js';
