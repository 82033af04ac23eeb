/** `watch`: reads data again and again, and prints what changes. */

import type { Command } from 'commander';
import { ConnectionLostError, SessionClosedError, TimeoutError } from '../../protocol/errors.js';
import type { JsonValue } from '../../protocol/message.js';
import { textOfAddress } from '../address.js';
import { parseCount, parseInterval } from '../arguments.js';
import { assertFitsEntry } from '../contract/checks.js';
import { contractOf } from '../contract/option.js';
import { type Difference, differencesOf, textOfPath } from '../differences.js';
import { errorFields, messageOf, oneLine, ToldError } from '../errors.js';
import { hintFor } from '../hints.js';
import type { Io } from '../io.js';
import { jsonText } from '../output.js';
import { steadily } from '../pace.js';
import { paint } from '../paint.js';
import { assertFits } from '../requests.js';
import { examples } from './common.js';
import { EventPrinter } from './link-events.js';
import { DATA_ID_HELP, dataFields, type NamedData, namedData, titleOf } from './named-data.js';
import { type Asked, type Target, type TargetOptions, targetCommand, withTarget } from './target.js';

interface WatchArguments extends TargetOptions {
  readonly interval: number;
  readonly count?: number;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  targetCommand(program, 'watch', 'read data again and again, and print what changes')
    .argument('<data-id...>', DATA_ID_HELP)
    .option('--interval <ms>', 'from one reading to the next, in milliseconds', parseInterval, 1_000)
    .option('--count <n>', 'how many readings (default: until Ctrl-C)', parseCount)
    .addHelpText(
      'after',
      examples(
        'watch 127.0.0.1:17017 0',
        'watch 127.0.0.1:17017 7 8 --interval 200 --json',
        'watch device:17017 led --contract thermostat.mjs',
      ),
    )
    .action((target, typed: readonly string[], options: WatchArguments) => watch(typed, target, options, io));
}

async function watch(
  typed: readonly string[],
  target: Target,
  options: WatchArguments,
  io: Io,
): Promise<void> {
  const { interval: intervalMs, count: times = Number.POSITIVE_INFINITY } = options;
  const contract = await contractOf(options);
  const all = typed.map((each) => namedData('read', each, contract));
  for (const { dataId } of all) assertFits(dataId, options);
  const printer = new EventPrinter(options.json ?? false, io);
  await withTarget({ target, contract, reconnects: true }, options, io, async ({ asked, session }) => {
    if (session !== undefined && !('device' in target)) printer.follow(session, textOfAddress(target));
    const watched = all.map((data) => new Watched(data, session !== undefined, printer, io));
    const hasAll = await steadily(io, { times, intervalMs }, async () => {
      const readings = watched.map(({ data }) => read(asked, data, options, io));
      for (const [index, each] of watched.entries()) each.take(await (readings[index] as Promise<Reading>));
    });
    printer.end();
    // one that was never read has told why
    const silent = watched.find(({ failure, hasValue }) => failure !== null && !hasValue);
    if (hasAll && silent !== undefined) throw new ToldError(silent.failure, 'output');
  });
}

/** What came of a reading; null: the person interrupted it. */
type Reading = { readonly value: JsonValue } | { readonly error: unknown } | null;

async function read(
  asked: Asked,
  { dataId, entry }: NamedData,
  { timeout: timeoutMs }: TargetOptions,
  { interrupted }: Io,
): Promise<Reading> {
  try {
    const value = await asked.read(dataId, { signal: interrupted });
    if (entry !== undefined) await assertFitsEntry(entry, 'output', value, timeoutMs);
    return { value };
  } catch (error) {
    if (interrupted.aborted) return null;
    // it has ended for good, and nothing would ever change
    if (error instanceof SessionClosedError) throw error;
    return { error };
  }
}

/** More differences of one reading than this are counted. */
const MAX_DIFFERENCES = 50;
/** A longer value is cut for people. */
const MAX_SHOWN = 300;

/** Data that is watched, and what is known of it. */
class Watched {
  readonly data: NamedData;
  /** Whether it has been read at all. */
  hasValue = false;
  /** Why it was not read last time; null: it was. */
  failure: unknown = null;
  #value: JsonValue = null;
  /** The failure as it was printed; null: none, or it is what the connection says anyway. */
  #printed: string | null = null;
  readonly #isOnLink: boolean;
  readonly #printer: EventPrinter;
  readonly #io: Io;

  constructor(data: NamedData, isOnLink: boolean, printer: EventPrinter, io: Io) {
    this.data = data;
    this.#isOnLink = isOnLink;
    this.#printer = printer;
    this.#io = io;
  }

  /** Prints what is new in a reading. */
  take(reading: Reading): void {
    if (reading === null) return;
    if ('error' in reading) this.#failed(reading.error);
    else this.#came(reading.value);
  }

  #failed(error: unknown): void {
    this.failure = error;
    if (this.hasValue && this.#isOnLink && isOfConnection(error)) return;
    const text = `${titleOf(this.data)}: ${oneLine(messageOf(error))}${hintFor(error)}`;
    if (text === this.#printed) return;
    this.#printed = text;
    this.#printer.print('trouble', text, { ...dataFields(this.data), ...errorFields(error) });
  }

  #came(value: JsonValue): void {
    const [isFirst, wasPrinted] = [!this.hasValue, this.#printed !== null];
    const differences = isFirst ? [] : differencesOf(this.#value, value);
    this.#value = value;
    this.hasValue = true;
    this.failure = this.#printed = null;
    if (isFirst || (wasPrinted && differences.length === 0)) return this.#printAll(value);
    for (const difference of differences.slice(0, MAX_DIFFERENCES)) this.#print(difference);
    const more = differences.length - MAX_DIFFERENCES;
    if (more > 0)
      this.#printer.print('trouble', `${titleOf(this.data)}: ${more} more differences, not shown`, {
        ...dataFields(this.data),
        notShown: more,
      });
  }

  #printAll(value: JsonValue): void {
    const fields = { ...dataFields(this.data), data: value };
    this.#printer.print('plain', `${titleOf(this.data)} = ${shown(value)}`, fields);
  }

  #print({ path, ...values }: Difference): void {
    const before = 'before' in values ? paint(this.#io, 'trouble', shown(values.before)) : 'nothing';
    const after = 'after' in values ? paint(this.#io, 'event', shown(values.after)) : 'nothing';
    const { before: old, after: now } = values;
    this.#printer.print('plain', `${titleOf(this.data)}${textOfPath(path)}: ${before} -> ${after}`, {
      ...dataFields(this.data),
      path,
      ...('before' in values ? { old } : {}),
      ...('after' in values ? { new: now } : {}),
    });
  }
}

/** The events of the connection say it once for all data. */
function isOfConnection(error: unknown): boolean {
  return error instanceof ConnectionLostError || (error instanceof TimeoutError && !error.written);
}

function shown(value: unknown): string {
  const text = jsonText(value);
  const more = text.length - MAX_SHOWN;
  return more > 0 ? `${text.slice(0, MAX_SHOWN)}… (${more} more characters)` : text;
}
