/** `bench`: how many requests a second a peer answers, and how long each takes. */

import { type Command, Option } from 'commander';
import { parseCount, parseInterval } from '../arguments.js';
import { assertFitsEntry } from '../contract/checks.js';
import { contractOf } from '../contract/option.js';
import { dataOf } from '../data.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { clockOf } from '../pace.js';
import { assertFits } from '../requests.js';
import { type BenchPlan, BenchRun } from './bench-run.js';
import { examples } from './common.js';
import { DATA_ID_HELP, type DataKind, namedData, titleOf } from './named-data.js';
import { askFor, type Target, type TargetOptions, targetCommand, withTarget } from './target.js';

interface BenchArguments extends TargetOptions {
  readonly dataId: string;
  readonly inFlight: number;
  readonly duration: number;
  readonly count?: number;
  readonly warmUp?: number;
  readonly write?: string;
  readonly execute?: string | true;
}

const HELP = `
It READs unless --write or --execute says otherwise, on one connection. The
times are those of this program, from the call to the decoded answer. The exit
code is 0 if an answer was okay and the connection held.`;

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  targetCommand(program, 'bench', 'measure how many requests a peer answers, and how fast')
    .option('--data-id <id>', DATA_ID_HELP, '0')
    .option('--in-flight <n>', 'how many requests wait for their answer at once', parseCount, 1)
    .option('--duration <ms>', 'for how long, in milliseconds', parseInterval, 3_000)
    .addOption(new Option('--count <n>', 'how many requests, in place of a duration').argParser(parseCount))
    .addOption(
      new Option(
        '--warm-up <ms>',
        'for how long to ask before it counts (default: 500; with --count 0)',
      ).argParser(parseInterval),
    )
    .option('--write <json>', 'WRITE this, which changes the peer; @FILE and - as for write')
    .addOption(
      new Option('--execute [json]', 'EXECUTE, with this argument, which may do anything').conflicts('write'),
    )
    .addHelpText('after', HELP)
    .addHelpText(
      'after',
      examples(
        'bench 127.0.0.1:17017',
        'bench 127.0.0.1:17017 --in-flight 16 --duration 10000',
        `bench device:17017 --data-id 7 --write '{"on": true}' --count 100`,
      ),
    )
    .action((target: Target, options: BenchArguments) => bench(target, options, io));
}

async function bench(target: Target, options: BenchArguments, io: Io): Promise<void> {
  const { inFlight, duration: durationMs, count, timeout: timeoutMs } = options;
  const contract = await contractOf(options);
  const [kind, typed] = whatIsAsked(options);
  const data = namedData(kind, options.dataId, contract);
  assertFits(data.dataId, options);
  const request = typed === undefined ? null : await dataOf(typed, io);
  if (data.entry !== undefined) await assertFitsEntry(data.entry, 'input', request, timeoutMs);
  const plan: BenchPlan = {
    title: `${kind.toUpperCase()} ${titleOf(data)}`,
    inFlight,
    ...(count === undefined ? { durationMs } : { count }),
    warmUpMs: options.warmUp ?? (count === undefined ? WARM_UP_MS : 0),
  };
  if (inFlight > MAX_IN_FLIGHT) throw new UsageError(`--in-flight is ${inFlight} (limit ${MAX_IN_FLIGHT})`);
  const settings = { bufferUnhandled: false };
  await withTarget({ target, contract, settings }, options, io, async ({ asked, assertUp }) => {
    const run = new BenchRun(plan, clockOf(io), io, options.json ?? false);
    await run.run(async () => {
      assertUp();
      await askFor(asked, kind, data.dataId, request, { signal: io.interrupted });
    });
  });
}

/** Long enough for a connection to come up to speed, and for this program to be compiled. */
const WARM_UP_MS = 500;

/** A session holds no more pending requests than this. */
const MAX_IN_FLIGHT = 10_000;

function whatIsAsked({ write, execute }: BenchArguments): readonly [kind: DataKind, typed?: string] {
  if (write !== undefined) return ['write', write];
  if (execute === undefined) return ['read'];
  return execute === true ? ['execute'] : ['execute', execute];
}
