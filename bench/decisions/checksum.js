/** docs/decisions/checksum.md: the CRC-32 of crc-32 and of zlib, by the length of what is summed up. */

import { crc32 } from 'node:zlib';
import CRC32 from 'crc-32';
import { nsPerCall, print } from './measure.js';

const rows = [16, 64, 128, 256, 384, 512, 768, 1_024, 4_096, 65_536].map((length) => {
  const bytes = Buffer.alloc(length, '{"data_id": 0, ');
  const ns = nsPerCall({ 'crc-32, ns': () => CRC32.buf(bytes, 0), 'zlib.crc32, ns': () => crc32(bytes) });
  return { bytes: length, ...ns };
});
print('CRC-32', rows);
