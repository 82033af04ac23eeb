/** Who imports whom: read from the sources, and judged by the map. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOMS, type Room, type Rule } from './rooms.js';

/** The folders whose files live in rooms. */
const FOLDERS = ['src', 'machines'];

/** One import; files stand without their ending. */
export interface Import {
  readonly from: string;
  /** A file, or the name of a package. */
  readonly to: string;
  /** Whether only types are imported. */
  readonly isType: boolean;
}

/**
 * The files that live in rooms, with their ending.
 *
 * @param root the folder of the project
 */
export function sourceFiles(root: string): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  ).sort();
}

/**
 * `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`, the last also where a type is meant, and
 * `getBuiltinModule('x')`.
 */
const IMPORT =
  /^(?:import|export)\s+(type\s)?[^;']*?\bfrom\s+'([^']+)'|^import\s+()'([^']+)'|\b(?:import|getBuiltinModule)\(()\s*'([^']+)'/gm;

/**
 * All imports of the files that live in rooms.
 *
 * @param root the folder of the project
 */
export function readImports(root: string): Import[] {
  return sourceFiles(root).flatMap((path) => importsIn(path, readFileSync(join(root, path), 'utf8')));
}

/** The imports in the text of a file. */
function importsIn(path: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const target = match[2] ?? match[4] ?? match[6] ?? '';
    const to = target.startsWith('.') ? normalize(join(dirname(path), target)).replace(/\.js$/, '') : target;
    return { from: path.replace(/\.ts$/, ''), to, isType: Boolean(match[1]) };
  });
}

/** The room of a file; undefined for packages, and for files in a folder that is no room. */
export function roomOf(file: string): Room | undefined {
  return (
    ROOMS.find(({ name, alsoHolds = [] }) => file === name || alsoHolds.includes(file)) ??
    ROOMS.find(({ name }) => dirname(file) === name)
  );
}

/** One allowance of the map. */
export interface Permit {
  /** The room, or the file that is an exception of its room. */
  readonly holder: string;
  readonly target: string;
  readonly isForTypes: boolean;
  readonly isException: boolean;
}

/** What allows an import: a permit, `home` for one inside a room, or undefined where nothing does. */
export function permitOf({ from, to, isType }: Import): Permit | 'home' | undefined {
  const room = roomOf(from);
  if (room === undefined) return undefined;
  const home = roomOf(to);
  if (home === room && room.keepsApart === undefined) return 'home';
  return PERMITS.find(
    ({ holder, target, isForTypes, isException }) =>
      holder === (isException ? from : room.name) &&
      (target === to || target === home?.name) &&
      (isType || !isForTypes),
  );
}

/** Everything that the map allows. */
export const PERMITS: readonly Permit[] = ROOMS.flatMap((room) => [
  ...permitsOf(room.name, room, false),
  ...Object.entries(room.exceptions ?? {}).flatMap(([file, rule]) => permitsOf(file, rule, true)),
]);

function permitsOf(holder: string, { uses, usesTypesOf = [] }: Rule, isException: boolean): Permit[] {
  return [
    ...uses.map((target) => ({ holder, target, isForTypes: false, isException })),
    ...usesTypesOf.map((target) => ({ holder, target, isForTypes: true, isException })),
  ];
}
