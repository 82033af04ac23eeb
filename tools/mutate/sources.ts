/** The sources that get mutants. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutant, mutantsOf } from './mutants.js';

/** The folders whose mutants the tests have to notice. */
export const FOLDERS = [
  'machines',
  'src/bus',
  'src/gateway',
  'src/server',
  'src/session',
  'src/transport',
  'src/wire',
];

/** What is named, or has changed, gets mutants wherever tests judge them; those of the command line start programs. */
const MUTABLE = ['machines', 'src'];
const NOT_JUDGED = 'src/cli/';

/** Which mutants are wanted. */
export interface Choice {
  /** Paths with `*` for anything but a slash and `**` for anything; or a folder, or a file. */
  readonly files?: string | undefined;
  /** A commit: only lines that changed since. */
  readonly since?: string | undefined;
}

/**
 * All mutants of a choice, in the order of files and lines.
 *
 * @throws where git does not know the commit
 */
export function allMutants(root: string, { files, since }: Choice = {}): Mutant[] {
  const isWanted = files === undefined ? () => true : matcher(files);
  const changed = since === undefined ? null : changedLines(root, since);
  const folders = files === undefined && since === undefined ? FOLDERS : MUTABLE;
  return folders
    .flatMap((folder) => filesBelow(root, folder))
    .filter((file) => isWanted(file) && !file.startsWith(NOT_JUDGED))
    .filter((file) => changed === null || changed.has(file))
    .flatMap((file) => mutantsOf(file, readFileSync(join(root, file), 'utf8')))
    .filter(({ file, line }) => changed === null || changed.get(file)?.has(line) === true);
}

/** The folder that a file is counted under. */
export function folderOf(file: string): string {
  return FOLDERS.find((folder) => file.startsWith(`${folder}/`)) ?? '';
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}

/** Whether a path is in a folder, or fits a pattern with `*` and `**`. */
export function matcher(glob: string): (file: string) => boolean {
  const pattern = glob
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*/g, (stars) => (stars === '*' ? '[^/]*' : '.*'));
  const whole = new RegExp(`^${pattern}(/.*)?$`);
  return (file) => whole.test(file);
}

/** The lines of each file that a commit has not. */
function changedLines(root: string, since: string): Map<string, Set<number>> {
  const git = ['diff', '--unified=0', '--no-color', since, '--', ...MUTABLE];
  const diff = execFileSync('git', git, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const changed = new Map<string, Set<number>>();
  let lines = new Set<number>();
  for (const line of diff.split('\n')) {
    const [, file] = /^\+\+\+ b\/(.*)$/.exec(line) ?? [];
    if (file !== undefined) changed.set(file, (lines = new Set()));
    const [, first, count = '1'] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    for (let i = 0; i < Number(first === undefined ? 0 : count); i++) lines.add(Number(first) + i);
  }
  return changed;
}
