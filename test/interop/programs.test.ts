import { availableParallelism } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { generateProgram } from './programs/generate.js';
import { type Observed, runProgram, type SideMaker } from './programs/program.js';
import { PythonSides } from './programs/python-side.js';
import { makeTypeScriptSide } from './programs/typescript-side.js';

const PROGRAMS = Array.from({ length: 200 }, (_, seed) => generateProgram(seed));
const AT_ONCE = 16 * availableParallelism();

const python = new PythonSides();
afterAll(() => python[Symbol.asyncDispose]());

/** Runs all programs, some of them at the same time. */
async function runAll(client: SideMaker, server: SideMaker): Promise<Observed[]> {
  const observed: Observed[] = [];
  const left = PROGRAMS.entries();
  const work = async (): Promise<void> => {
    for (const [index, program] of left) observed[index] = await runProgram(program, { client, server });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return observed;
}

let amongPythonPeers: Promise<Observed[]> | undefined;

test.each([
  ['our client and a Python server', makeTypeScriptSide, python.make],
  ['a Python client and our server', python.make, makeTypeScriptSide],
  ['our client and our server', makeTypeScriptSide, makeTypeScriptSide],
] as const)(
  '200 programs show with %s what they show among Python peers',
  async (_, client, server) => {
    amongPythonPeers ??= runAll(python.make, python.make);
    const expected = await amongPythonPeers;
    const observed = await runAll(client, server);

    const differences = PROGRAMS.flatMap((program, index) => {
      const [ours = [], theirs = []] = [observed[index], expected[index]];
      const at = ours.findIndex((line, n) => line !== theirs[n]);
      return at === -1 ? [] : [{ program: program.title, observed: ours[at], expected: theirs[at] }];
    });
    expect(differences).toEqual([]);
  },
  120_000,
);
