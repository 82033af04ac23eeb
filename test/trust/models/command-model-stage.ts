/** B6: sequences of commands over two clients and a server, drawn by fast-check, and shrunk to the shortest that fails. */

import fc from 'fast-check';
import { type Reached, replayLine, type Stage, type StageContext } from '../stage.js';
import { CommandWorld, type Setting } from './command-world.js';
import { COMMANDS, type CommandModel } from './commands.js';
import { watchWarnings } from './warnings.js';

const MAX_COMMANDS = 60;
const RUNS = { ci: 500, deep: 100_000, release: 100_000 } as const;
/** One defect mostly fails many runs. */
const MAX_FAILURES = 3;
const PROGRESS_EVERY = 10_000;

/** B6. */
export const commandModelStage: Stage = {
  name: 'commands over two clients and a server',
  figures: ['B6'],
  run: async (context) => [await runAll(context)],
};

async function runAll({ budget, baseSeed, replaySeed, say }: StageContext): Promise<Reached> {
  const runs = replaySeed === null ? RUNS[budget] : 1;
  const failures: string[] = [];
  const totals = { commands: 0, asks: 0, answered: 0 };
  const warnings = watchWarnings();
  let done = 0;
  for (; done < runs && failures.length < MAX_FAILURES; done++) {
    const seed = replaySeed ?? (baseSeed + done) >>> 0;
    const failure = await runOne(seed, totals);
    if (failure === null) {
      if ((done + 1) % PROGRESS_EVERY === 0) say(`B6: ${done + 1} of ${runs} runs`);
      continue;
    }
    say(failure);
    failures.push(`${failure.split('\n')[0]}; ${replayLine('B6', seed)}`);
  }
  failures.push(...(await warnings.end()));
  if (replaySeed !== null && failures.length === 0) say(`B6: seed ${replaySeed} holds`);
  const average = (totals.commands / Math.max(1, done)).toFixed(1);
  return {
    id: 'B6',
    what: `runs of at most ${MAX_COMMANDS} commands over two clients and a server without a violation`,
    goal: `${runs} runs`,
    reached: `${done - failures.length} runs, ${average} commands each, ${totals.asks} requests, ${totals.answered} answered`,
    isReached: failures.length === 0 && done === runs,
    failures,
  };
}

const setting: fc.Arbitrary<Setting> = fc.record({
  hasSecret: fc.boolean(),
  autoAuth: fc.tuple(mostly(), mostly()),
  names: fc.tuple(name(), name(), name()),
  endsInHaste: fc.constantFrom(false, false, true),
});

function mostly(): fc.Arbitrary<boolean> {
  return fc.constantFrom(true, true, true, false);
}

function name(): fc.Arbitrary<string | null> {
  return fc.constantFrom(null, 'one', 'two');
}

/** One run; what it draws depends on the seed alone. Returns what went wrong, shrunk, or null. */
async function runOne(
  seed: number,
  totals: { commands: number; asks: number; answered: number },
): Promise<string | null> {
  let isFirst = true;
  const property = fc.asyncProperty(
    setting,
    fc.commands(COMMANDS, { maxCommands: MAX_COMMANDS, size: 'max' }),
    async (drawn, commands) => {
      const world = new CommandWorld(drawn, seed);
      const model: CommandModel = { isClientOpen: [true, true], asks: 0 };
      try {
        await world.pass(0);
        await fc.asyncModelRun(() => ({ model, real: world }), commands);
        await world.finish();
      } finally {
        await world.close();
      }
      if (isFirst) count(totals, world, [...commands].length);
      isFirst = false;
    },
  );
  const { failed, counterexample, counterexamplePath, numShrinks, errorInstance } = await fc.check(property, {
    // fast-check takes signed integers
    seed: seed | 0,
    numRuns: 1,
  });
  if (!failed) return null;
  const error = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const [first = 'no text', ...others] = error.split('\n');
  return [
    `B6: ${first}`,
    ...others.map((line) => `  ${line}`),
    `  shrunk ${numShrinks} times; path ${counterexamplePath}`,
    `  ${fc.stringify(counterexample).replaceAll(',', ',\n  ')}`,
  ].join('\n');
}

function count(
  totals: { commands: number; asks: number; answered: number },
  { ledger }: CommandWorld,
  commands: number,
): void {
  totals.commands += commands;
  totals.asks += ledger.asks.length;
  totals.answered += ledger.asks.filter(({ outcome }) => outcome?.startsWith('answered')).length;
}
