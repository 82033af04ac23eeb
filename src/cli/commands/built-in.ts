/** `read`, `write` and `execute`: one request to a service that every session knows. */

import type { Command } from 'commander';
import type { JsonValue } from '../../protocol/message.js';
import { assertFitsEntry } from '../contract/checks.js';
import { contractOf } from '../contract/option.js';
import { DATA_HELP, dataOf } from '../data.js';
import { ToldError } from '../errors.js';
import { tellError } from '../exit-code.js';
import type { Io } from '../io.js';
import { jsonText, print } from '../output.js';
import { assertFits } from '../requests.js';
import { examples } from './common.js';
import { DATA_ID_HELP, type DataKind, dataFields, type NamedData, namedData, titleOf } from './named-data.js';
import { withFailureRecords } from './peer.js';
import { type Asked, askFor, type Target, type TargetOptions, targetCommand, withTarget } from './target.js';

/** Adds the three commands to the program. */
export function add(program: Command, io: Io): void {
  addRead(program, io);
  addWrite(program, io);
  addExecute(program, io);
}

function addRead(program: Command, io: Io): void {
  withFailureRecords(targetCommand(program, 'read', 'read data and print it as one line of JSON'))
    .argument('<data-id...>', `${DATA_ID_HELP}; several are read together`)
    .addHelpText(
      'after',
      examples(
        'read 127.0.0.1:17017 0',
        'read 127.0.0.1:17017 0 7 8',
        'read [::1]:17017 0 --secret-file secret.txt --verbose',
        'read device:17017 time --contract thermostat.ts --tls',
        'read nats://127.0.0.1:4222/pump-3 0',
      ),
    )
    .action((address, typed: readonly string[], options: TargetOptions) =>
      typed.length === 1
        ? ask({ kind: 'read', typed: typed[0] ?? '' }, address, options, io)
        : readAll(typed, address, options, io),
    );
}

function addWrite(program: Command, io: Io): void {
  withFailureRecords(targetCommand(program, 'write', 'write data'))
    .argument('<data-id>', DATA_ID_HELP)
    .argument('<json>', DATA_HELP)
    .addHelpText(
      'after',
      examples(
        `write 127.0.0.1:17017 7 '{"brightness": 0.5}'`,
        'write 127.0.0.1:17017 7 -- -Infinity',
        'write 127.0.0.1:17017 7 @data.json',
      ),
    )
    .action((address, typed, data, options: TargetOptions) =>
      ask({ kind: 'write', typed, data }, address, options, io),
    );
}

function addExecute(program: Command, io: Io): void {
  withFailureRecords(
    targetCommand(
      program,
      'execute',
      'make the peer execute something and print the result as one line of JSON',
    ),
  )
    .argument('<data-id>', DATA_ID_HELP)
    .argument('[json]', DATA_HELP)
    .addHelpText('after', examples('execute 127.0.0.1:17017 1', `execute 127.0.0.1:17017 1 '["now", 3]'`))
    .action((address, typed, data, options: TargetOptions) =>
      ask({ kind: 'execute', typed, data }, address, options, io),
    );
}

/** A request as it was typed. */
interface Question {
  readonly kind: DataKind;
  /** The data id, or a name. */
  readonly typed: string;
  /** The data as it was typed; null unless given. */
  readonly data?: string | undefined;
}

/** Sends one request and prints the data of its answer. */
async function ask(question: Question, target: Target, options: TargetOptions, io: Io): Promise<void> {
  const contract = await contractOf(options);
  const { kind } = question;
  const { dataId, entry } = namedData(kind, question.typed, contract);
  assertFits(dataId, options);
  const input = question.data === undefined ? null : await dataOf(question.data, io);
  if (entry !== undefined) await assertFitsEntry(entry, 'input', input, options.timeout);
  await withTarget({ target, contract }, options, io, async ({ asked }) => {
    const data = await askFor(asked, kind, dataId, input, { signal: io.interrupted });
    if (entry !== undefined) await assertFitsEntry(entry, 'output', data, options.timeout);
    const named = entry === undefined ? {} : { name: entry.name };
    print(io, options.json ?? false, { ...named, data }, jsonText(data));
  });
}

/** Reads several data together, and prints them in the order in which they were typed, each as soon as those before it are there. */
async function readAll(
  typed: readonly string[],
  target: Target,
  options: TargetOptions,
  io: Io,
): Promise<void> {
  const contract = await contractOf(options);
  const reads = typed.map((each) => namedData('read', each, contract));
  for (const { dataId } of reads) assertFits(dataId, options);
  await withTarget({ target, contract }, options, io, async ({ asked }) => {
    const answers = reads.map((read) => answerTo(read, asked, options, io));
    let failure: ToldError | null = null;
    for (const [index, read] of reads.entries()) {
      const error = await printAnswer(read, answers[index] as Promise<Answer>, options, io);
      failure ??= error === null ? null : new ToldError(error);
    }
    if (failure !== null) throw failure;
  });
}

type Answer = { readonly data: JsonValue } | { readonly error: unknown };

async function answerTo(
  { dataId, entry }: NamedData,
  asked: Asked,
  options: TargetOptions,
  io: Io,
): Promise<Answer> {
  try {
    const data = await asked.read(dataId, { signal: io.interrupted });
    if (entry !== undefined) await assertFitsEntry(entry, 'output', data, options.timeout);
    return { data };
  } catch (error) {
    return { error };
  }
}

/** Prints what came of a read; returns what it failed with. */
async function printAnswer(
  read: NamedData,
  coming: Promise<Answer>,
  { json }: TargetOptions,
  io: Io,
): Promise<unknown> {
  const isJson = json ?? false;
  const answer = await coming;
  io.interrupted.throwIfAborted();
  const [title, fields] = [titleOf(read), dataFields(read)];
  if ('data' in answer) {
    print(io, isJson, { ...fields, data: answer.data }, `${title}: ${jsonText(answer.data)}`);
    return null;
  }
  tellError(answer.error, io, { text: `${title}: `, fields });
  return answer.error;
}
