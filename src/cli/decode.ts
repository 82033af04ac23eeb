/** `decode`: messages out of what was logged, captured or recorded. */

import type { Codec } from '../wire/codec.js';
import { readInput } from './files.js';
import type { Io } from './io.js';
import { jsonLine, lineOf, objectOf } from './item-lines.js';
import { isRecording, readRecording } from './recording.js';
import { type StreamItem, StreamReader } from './stream-reader.js';

/** A payload as the original logs it: its length, and its bytes in hex. */
const DUMP = /\((\d+)\):((?: [\da-f]{2})+)/i;
const ARROW = /(TX ->|RX <-)/;
const ONLY_HEX = /^[\da-f\s]+$/i;

interface Found {
  readonly where: string;
  readonly item: StreamItem;
}

/**
 * Prints what is in a file.
 *
 * @param file a path, or `-` for standard input
 * @throws UsageError for a file that cannot be read, Error for one that holds nothing to decode or is cut off
 */
export function decode(file: string, codec: Codec, isJson: boolean, io: Io): void {
  const content = readInput(file, 'a readable file');
  const text = content.toString('latin1');
  const print = ({ where, item }: Found): void =>
    io.stdout(
      isJson
        ? jsonLine({ ...(where === '' ? {} : { from: where }), ...objectOf(item) })
        : `${where}${where === '' ? '' : ' '}${verdictOf(item)}${lineOf(item)}\n`,
    );
  if (isRecording(content.toString('utf8'))) {
    for (const { from, item } of readRecording(content.toString('utf8'), codec).items)
      print({ where: from, item });
  } else if (DUMP.test(text)) {
    decodeDumps(text, codec, print);
  } else {
    decodeStream(content, text, codec, print);
  }
}

function decodeDumps(text: string, codec: Codec, print: (found: Found) => void): void {
  for (const [index, line] of text.split('\n').entries()) {
    const [, length, hex = ''] = DUMP.exec(line) ?? [];
    if (length === undefined) continue;
    const payload = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    if (payload.length !== Number(length)) {
      throw new Error(
        `line ${index + 1}: expected a dump of ${length} bytes, got ${payload.length}: is it cut off?`,
      );
    }
    const where = ARROW.exec(line)?.[1] ?? '';
    new StreamReader(codec, (item) => print({ where, item })).payload(payload);
  }
}

function decodeStream(content: Buffer, text: string, codec: Codec, print: (found: Found) => void): void {
  const bytes = ONLY_HEX.test(text) ? bytesOfHex(text.replace(/\s/g, '')) : content;
  let frames = 0;
  const noise: Found[] = [];
  const reader = new StreamReader(codec, (item) => {
    if (item.kind === 'noise' && frames === 0) return void noise.push({ where: '', item });
    if (frames++ === 0) for (const found of noise) print(found);
    print({ where: '', item });
  });
  reader.push(bytes);
  reader.end();
  if (frames === 0) {
    throw new Error(
      `expected hex dumps, a stream of frames or a recording, got ${bytes.length} bytes that are none`,
    );
  }
}

function bytesOfHex(hex: string): Buffer {
  if (hex.length % 2 !== 0)
    throw new Error(`expected two hex digits for each byte, got ${hex.length} digits: is it cut off?`);
  return Buffer.from(hex, 'hex');
}

function verdictOf(item: StreamItem): string {
  return item.kind === 'message' ? '[checksum ok] ' : '';
}
