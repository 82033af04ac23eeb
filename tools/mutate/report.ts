/** What a run says. */

import type { Verdict } from './court.js';
import type { Mutant } from './mutants.js';
import { type RunResult, scoreOf } from './run.js';
import { FOLDERS, folderOf } from './sources.js';
import { keyOf, type Survivor } from './survivors.js';

/** A mutant in a line: where, and what changes. */
export function lineFor({ file, line, before, after, nth }: Mutant): string {
  const change = after === '' || after === ';' ? `left out: ${before}` : `${before}  →  ${after}`;
  return `${file}:${line}  ${change}${nth > 1 ? ` (${nth})` : ''}`;
}

/** A table of folders, the survivors that nobody has accepted, those that are, and how long it took. */
export function reportOf(result: RunResult, survivors: readonly Survivor[]): string {
  const { verdicts, unfit, controls, failedControls, preparationMs, durationMs } = result;
  const reasons = new Map(survivors.map((each) => [keyOf(each), each.reason]));
  const alive = verdicts.filter(({ isNoticed }) => !isNoticed);
  const known = alive.filter(({ mutant }) => reasons.has(keyOf(mutant)));
  const open = alive.filter(({ mutant }) => !reasons.has(keyOf(mutant)));
  const minutes = durationMs / 60_000;
  return [
    ...section(
      'Accepted survivors',
      known,
      ({ mutant }) => `${lineFor(mutant)}\n    ${reasons.get(keyOf(mutant))}`,
    ),
    ...section('Survivors', open, ({ mutant, by }) => `${lineFor(mutant)}  (${by})`),
    ...section('Fail on the sources as they are, and judge nothing', unfit, (each) => each),
    ...section('Failed without a mutant', failedControls, (each) => each),
    ...FOLDERS.map((folder) => scoreLine(folder, verdicts)).filter((line) => line !== null),
    scoreLine('all', verdicts),
    `${open.length} survivors are not accepted, ${known.length} are; ${controls} runs without a mutant, ${failedControls.length} of them failed`,
    `${(verdicts.length / minutes).toFixed(0)} mutants a minute; ${minutes.toFixed(1)} min, and ${(preparationMs / 1_000).toFixed(0)} s to find out what the tests run`,
  ].join('\n');
}

function section<Item>(title: string, items: readonly Item[], lineOf: (item: Item) => string): string[] {
  return items.length === 0 ? [] : [`${title}:`, ...items.map((item) => `  ${lineOf(item)}`), ''];
}

function scoreLine(folder: string, verdicts: readonly Verdict[]): string | null {
  const own = folder === 'all' ? verdicts : verdicts.filter(({ mutant }) => folderOf(mutant.file) === folder);
  if (own.length === 0) return null;
  const noticed = own.filter(({ isNoticed }) => isNoticed).length;
  return `${folder.padEnd(14)} ${(100 * scoreOf(own)).toFixed(1).padStart(5)} %  ${noticed} of ${own.length} noticed`;
}
