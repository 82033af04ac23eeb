/** `decode`: finds the messages in what was logged, captured or recorded. */

import type { Command } from 'commander';
import type { Codec } from '../../wire/codec.js';
import { codecOf } from '../codecs.js';
import { Naming } from '../contract/entries.js';
import { type ContractOptions, contractOf, withContractOption } from '../contract/option.js';
import { IncompleteInputError } from '../errors.js';
import { inputChunks } from '../files.js';
import type { Io } from '../io.js';
import { type Fields, jsonLine, warn } from '../output.js';
import { paint, type Style } from '../paint.js';
import { FormFinder } from '../recording/form-finder.js';
import type { Found } from '../recording/found.js';
import {
  type DataForm,
  dataFormOf,
  isTrouble,
  objectOf,
  otherCodecOf,
  textOf,
} from '../recording/item-text.js';
import type { StreamItem } from '../recording/stream-reader.js';
import { CONTRACT_NAMES_HELP, examples, JSON_HELP, PYTHON_HELP } from './common.js';

interface DecodeArguments extends ContractOptions {
  readonly struct?: true;
  readonly python?: true;
  readonly json?: true;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('decode')
    .description('print the messages of hex dumps, of a raw stream or of a recording')
    .argument('[file]', 'a file, or - for standard input', '-')
    .option('--struct', 'the messages are struct_json')
    .option('--python', PYTHON_HELP)
    .option('--json', JSON_HELP);
  withContractOption(command, CONTRACT_NAMES_HELP)
    .addHelpText(
      'after',
      examples('decode device.log', 'decode capture.bin --json', 'decode - < device.jsonl'),
    )
    .action(async (file: string, options: DecodeArguments) => {
      const naming = new Naming(await contractOf(options));
      const showing = { isJson: options.json ?? false, naming, form: dataFormOf(options) };
      await decode(file, codecOf(options), showing, io);
    });
}

/**
 * Reads the input as it comes, however long that takes.
 *
 * @throws (rejects) as the reader of the form, and IncompleteInputError where messages of the other codec were not decoded
 */
async function decode(file: string, codec: Codec, showing: Showing, io: Io): Promise<void> {
  const otherCodec = new OtherCodec(codec);
  const finder = new FormFinder(
    codec,
    (found) => {
      otherCodec.count(found);
      printFound(found, showing, io);
    },
    (text) => warn(io, text),
  );
  for await (const chunk of inputChunks(file, io)) {
    finder.push(chunk);
    await io.drained?.();
  }
  finder.end();
  otherCodec.assertNone();
}

/** Counts the frames that are messages of the other codec, whose data is not printed. */
class OtherCodec {
  readonly #codec: Codec;
  #frames = 0;
  #isRecorded = false;

  /** @param codec the one that was asked for; a recording has its own */
  constructor(codec: Codec) {
    this.#codec = codec;
  }

  count({ item, connection }: Found): void {
    if (item.kind !== 'refused' || otherCodecOf(item) === null) return;
    this.#frames++;
    this.#isRecorded = connection !== undefined;
  }

  /** @throws IncompleteInputError where there are any */
  assertNone(): void {
    if (this.#frames === 0) return;
    const [what, were] =
      this.#frames === 1
        ? ['One frame is a message', 'was']
        : [`${this.#frames} frames are messages`, 'were'];
    const advice = this.#isRecorded
      ? 'the two sides use different codecs, or it was recorded with the wrong one'
      : `try ${this.#codec.name === 'struct_json' ? 'without' : 'with'} --struct`;
    throw new IncompleteInputError(`${what} of the other codec and ${were} not decoded; ${advice}`);
  }
}

const ARROWS = { TX: 'TX ->', RX: 'RX <-' } as const;
const STYLES: Readonly<Record<string, Style>> = {
  TX: 'sent',
  RX: 'received',
  client: 'sent',
  server: 'received',
};

interface Showing {
  readonly isJson: boolean;
  readonly naming: Naming;
  readonly form: DataForm;
}

function printFound(found: Found, { isJson, naming, form }: Showing, io: Io): void {
  const { item, time, ms, connection, channel, direction, from } = found;
  const fields = { time, ms, connection, channel, direction, from };
  if (isJson) return io.stdout(jsonLine({ ...present(fields), ...objectOf(item, naming) }));
  const verdict = item.kind === 'message' ? paint(io, 'quiet', verdictOn(item)) : undefined;
  const plain = textOf(item, naming, form);
  const text = isTrouble(item) ? paint(io, 'trouble', plain) : plain;
  // what a recording says of times and connections is for programs: who reads a page of it looks for messages
  const head = [ms === undefined ? time : undefined, channel].filter((part) => part !== undefined).join(' ');
  const side = direction ?? from;
  const sender = direction === undefined ? from : ARROWS[direction];
  const parts = [
    head === '' ? undefined : paint(io, 'quiet', head),
    side === undefined ? undefined : paint(io, STYLES[side] ?? 'quiet', sender ?? side),
    verdict,
    text,
  ];
  io.stdout(`${parts.filter((part) => part !== undefined).join(' ')}\n`);
}

/** The fields that there are. */
function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A flight recorder keeps no secrets, and of long data the beginning. */
function verdictOn({ isCut = false }: StreamItem & { kind: 'message' }): string {
  return isCut ? '[not all kept]' : '[checksum ok]';
}
