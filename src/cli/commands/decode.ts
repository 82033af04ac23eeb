/** `decode`: finds the messages in what was logged, captured or recorded. */

import type { Command } from 'commander';
import { cleanName } from '../../session/journal/logging.js';
import type { Codec } from '../../wire/codec.js';
import { codecOf } from '../codecs.js';
import { Naming } from '../contract/entries.js';
import { type ContractOptions, contractOf, withContractOption } from '../contract/option.js';
import { InputError } from '../errors.js';
import { markedEncodingOf, readInput, textOf as textOfFile } from '../files.js';
import type { Io } from '../io.js';
import { print, warn } from '../output.js';
import { paint, type Style } from '../paint.js';
import { DUMP, hasDump, linesOf } from '../recording/dump-lines.js';
import { formatOf, type Unread } from '../recording/format.js';
import { isTrouble, objectOf, textOf } from '../recording/item-text.js';
import { type StreamItem, StreamReader } from '../recording/stream-reader.js';
import { readTraffic } from '../recording/traffic.js';
import { CONTRACT_NAMES_HELP, examples, JSON_HELP } from './common.js';

interface DecodeArguments extends ContractOptions {
  readonly struct?: true;
  readonly json?: true;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('decode')
    .description('print the messages of hex dumps, of a raw stream or of a recording')
    .argument('[file]', 'a file, or - for standard input', '-')
    .option('--struct', 'the messages are struct_json')
    .option('--json', JSON_HELP);
  withContractOption(command, CONTRACT_NAMES_HELP)
    .addHelpText(
      'after',
      examples('decode device.log', 'decode capture.bin --json', 'decode - < device.jsonl'),
    )
    .action(async (file: string, options: DecodeArguments) => {
      const showing = { isJson: options.json ?? false, naming: new Naming(await contractOf(options)) };
      decode(readInput(file), codecOf(options), io, (found) => printFound(found, showing, io));
    });
}

/** An item, and where it was found: its direction in a log, its sender in a recording; when, and on which channel. */
interface Found {
  readonly where: string;
  readonly time?: string | undefined;
  readonly channel?: string | undefined;
  readonly item: StreamItem;
}

type OnFound = (found: Found) => void;

const ARROW = /\b(TX|RX) *(->|<-)/;
/** What the original's log has before a line: the time, the level, and the name of the logger, with that of the channel. */
const HEAD = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}): +\w+ - tcp_socket(?:\.(.+?))? - comm-/;
const ONLY_HEX = /^[\da-f\s]+$/i;

function decode(content: Buffer, codec: Codec, io: Io, onFound: OnFound): void {
  const text = textOfFile(content);
  // a log may hold bytes that are no text, unless its mark says that it is one
  const log = markedEncodingOf(content) === undefined ? content.toString('latin1') : text;
  if (formatOf(text) !== null) {
    decodeRecording(text, io, onFound);
  } else if (hasDump(log)) {
    decodeDumps(log, codec, io, onFound);
  } else {
    decodeStream(ONLY_HEX.test(log) ? bytesOfHex(log) : content, codec, onFound);
  }
}

/** A missing end is no failure; a hole is one, but only after everything else has been printed. */
function decodeRecording(text: string, io: Io, onFound: OnFound): void {
  let hole: Unread | undefined;
  const { items, failure } = readTraffic(text, (unread) => {
    if (unread.isEnd) warn(io, unread.text);
    else hole = unread;
  });
  if (items.length === 0) warn(io, 'Nothing passed while this was recorded');
  for (const { from, item } of items) onFound({ where: from, item });
  if (failure !== undefined) warn(io, failure);
  if (hole !== undefined) throw new InputError(hole.text);
}

function decodeDumps(text: string, codec: Codec, io: Io, onFound: OnFound): void {
  let hole: Unread | undefined;
  let hasDumps = false;
  for (const { number, text: line } of linesOf(text)) {
    const [, length, hex = ''] = DUMP.exec(line) ?? [];
    if (length === undefined) continue;
    const payload = bytesOfHex(hex);
    if (payload.length === Number(length)) {
      if (hole !== undefined) hole = { ...hole, isEnd: false };
      hasDumps = true;
      const [, direction, arrow] = ARROW.exec(line) ?? [];
      const where = direction === undefined ? '' : `${direction} ${arrow}`;
      const [, time, name = ''] = HEAD.exec(line) ?? [];
      const channel = cleanName(Buffer.from(name, 'latin1').toString('utf8')) ?? undefined;
      new StreamReader(codec, (item) => onFound({ where, time, channel, item })).payload(payload);
    } else {
      const sizes = `expected ${length} bytes, got ${payload.length}`;
      hole ??= { text: `Line ${number}: ${sizes}; is the dump cut off?`, isEnd: true };
    }
  }
  if (hole === undefined) return;
  if (!hasDumps || !hole.isEnd) throw new InputError(hole.text);
  warn(io, hole.text);
}

function decodeStream(bytes: Buffer, codec: Codec, onFound: OnFound): void {
  let hasFrames = false;
  // noise alone is not a stream of this protocol, so it waits for the first frame
  const noise: Found[] = [];
  const reader = new StreamReader(codec, (item) => {
    if (item.kind === 'noise' && !hasFrames) return void noise.push({ where: '', item });
    if (!hasFrames) for (const found of noise) onFound(found);
    hasFrames = true;
    onFound({ where: '', item });
  });
  reader.push(bytes);
  reader.end();
  if (hasFrames) return;
  throw new InputError(
    bytes.length === 0
      ? 'Nothing to decode: the input is empty'
      : `Nothing to decode: no hex dump, frame or recording in ${bytes.length} bytes`,
  );
}

function bytesOfHex(text: string): Buffer {
  const hex = text.replace(/\s/g, '');
  if (hex.length % 2 !== 0)
    throw new InputError(`Odd number of hex digits (${hex.length}); is the dump cut off?`);
  return Buffer.from(hex, 'hex');
}

const STYLES: Readonly<Record<string, Style>> = {
  'TX ->': 'sent',
  'RX <-': 'received',
  client: 'sent',
  server: 'received',
};

interface Showing {
  readonly isJson: boolean;
  readonly naming: Naming;
}

function printFound({ where, time, channel, item }: Found, { isJson, naming }: Showing, io: Io): void {
  const verdict = item.kind === 'message' ? `${paint(io, 'quiet', verdictOn(item))} ` : '';
  const from = where === '' ? '' : `${paint(io, STYLES[where] ?? 'quiet', where)} `;
  const plain = textOf(item, naming);
  const text = isTrouble(item) ? paint(io, 'trouble', plain) : plain;
  const head = [time, channel].filter((part) => part !== undefined).join(' ');
  const before = head === '' ? '' : `${paint(io, 'quiet', head)} `;
  const fields = {
    ...(time === undefined ? {} : { time }),
    ...(channel === undefined ? {} : { channel }),
    ...(where === '' ? {} : { from: where }),
    ...objectOf(item, naming),
  };
  print(io, isJson, fields, `${before}${from}${verdict}${text}`);
}

/** A flight recorder keeps no secrets, and of long data the beginning. */
function verdictOn({ isCut = false }: StreamItem & { kind: 'message' }): string {
  return isCut ? '[not all kept]' : '[checksum ok]';
}
