/** `decode`: messages out of what was logged, captured or recorded. */

import type { Codec } from '../../wire/codec.js';
import { readInput } from '../files.js';
import type { Io } from '../io.js';
import { paint, type Style } from '../paint.js';
import { isTrouble, jsonLine, lineOf, objectOf } from '../recording/item-lines.js';
import { readRecording } from '../recording/recording.js';
import { formatOf } from '../recording/recording-format.js';
import { type StreamItem, StreamReader } from '../recording/stream-reader.js';

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
 * @param codec what its messages are written in
 * @param isJson whether lines of JSON are printed
 * @param io where they go
 * @throws UsageError for a file that cannot be read, Error for one that holds nothing to decode or is cut off
 */
export function decode(file: string, codec: Codec, isJson: boolean, io: Io): void {
  const content = readInput(file, 'a readable file');
  const text = content.toString('latin1');
  const print = (found: Found): void => io.stdout(isJson ? jsonOf(found) : textOf(found, io));
  if (formatOf(content.toString('utf8')) !== null) {
    for (const { from, item } of readRecording(content.toString('utf8')).items) print({ where: from, item });
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
    const got = bytes.length === 0 ? 'nothing' : `${bytes.length} bytes that are none`;
    throw new Error(`expected hex dumps, a stream of frames or a recording, got ${got}`);
  }
}

function bytesOfHex(hex: string): Buffer {
  if (hex.length % 2 !== 0)
    throw new Error(`expected two hex digits for each byte, got ${hex.length} digits: is it cut off?`);
  return Buffer.from(hex, 'hex');
}

function jsonOf({ where, item }: Found): string {
  return jsonLine({ ...(where === '' ? {} : { from: where }), ...objectOf(item) });
}

/** From whom a message is, in a log and in a recording. */
const STYLES: Readonly<Record<string, Style>> = {
  'TX ->': 'sent',
  'RX <-': 'received',
  client: 'sent',
  server: 'received',
};

function textOf({ where, item }: Found, io: Io): string {
  const verdict = item.kind === 'message' ? `${paint(io, 'quiet', '[checksum ok]')} ` : '';
  const from = where === '' ? '' : `${paint(io, STYLES[where] ?? 'quiet', where)} `;
  const line = isTrouble(item) ? paint(io, 'trouble', lineOf(item)) : lineOf(item);
  return `${from}${verdict}${line}\n`;
}
