/** Runs programs on pairs of sides, and says where what can be observed of them differs. */

import { type Observed, type Program, runProgram, type SideMaker } from './program.js';

/** More at the same time would not be faster, and a message must not wait for seconds. */
const AT_THE_SAME_TIME = 32;

/** Runs all programs, some of them at the same time. */
export async function runAll(
  programs: readonly Program[],
  client: SideMaker,
  server: SideMaker,
): Promise<Observed[]> {
  const observed: Observed[] = [];
  const left = programs.entries();
  const work = async (): Promise<void> => {
    for (const [index, program] of left) observed[index] = await runProgram(program, { client, server });
  };
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work));
  return observed;
}

/** The first difference of each program that has one. */
export function differences(
  programs: readonly Program[],
  observed: readonly Observed[],
  expected: readonly Observed[],
): { program: string; observed: string | undefined; expected: string | undefined }[] {
  return programs.flatMap(({ title }, index) => {
    const [ours = [], theirs = []] = [observed[index], expected[index]];
    const length = Math.max(ours.length, theirs.length);
    const at = Array.from({ length }, (_, n) => n).find((n) => ours[n] !== theirs[n]);
    return at === undefined ? [] : [{ program: title, observed: ours[at], expected: theirs[at] }];
  });
}
