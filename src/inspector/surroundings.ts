/** Finds what the debugger needs at run time: next to its own module, or next to a bundle that the module became part of. */

import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';

const PACKAGE = 'socket-protocol';
/** What a folder of the page must have. */
const PAGE = 'debugger.js';

/**
 * Where to look from: this module and the program. In a bundle the module may have no address, or one of the machine on which
 * the bundle was made.
 */
function vantagePoints(): readonly [string, ...string[]] {
  const here = import.meta.url as string | undefined;
  const program = pathToFileURL(process.argv[1] ?? join(process.cwd(), 'program.js')).href;
  const isHere = here?.startsWith('file:') === true && existsSync(new URL(here));
  return isHere ? [here, program] : [program];
}

/** What the running program is called: its file without the ending. */
export function programName(): string {
  const file = process.argv[1];
  return file === undefined ? 'program' : basename(file, extname(file));
}

/** Not imported: a bundler that knows `createRequire` would resolve what can only be found at run time. */
const { createRequire } = process.getBuiltinModule('node:module');

/**
 * Loads a package that another one depends on.
 *
 * @param from a file of the other package
 */
export function requireFrom(from: string, name: string): unknown {
  return createRequire(from)(name);
}

/** The file of an installed package; undefined where it is not installed. */
export function resolvePackage(name: string): string | undefined {
  for (const from of vantagePoints()) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // not from there
    }
  }
  return undefined;
}

/**
 * The folder with the page of the debugger and its charts.
 *
 * @param given where the user says that it is; null: wherever it is found
 * @throws Error that says what to copy where
 */
export function folderOfPages(given: string | null): URL {
  if (given !== null) {
    const folder = pathToFileURL(join(given, '/'));
    if (hasPage(folder)) return folder;
    throw new Error(
      `No page of the debugger in ${JSON.stringify(given)} (option pageFolder); ${howToCopy(given)}`,
    );
  }
  const candidates = vantagePoints().flatMap((from) =>
    // next to a bundle; from the modules of `dist`; from the sources in a checkout
    ['./page/', '../page/', '../../page/', '../../dist/page/'].map((path) => new URL(path, from)),
  );
  const manifest = resolvePackage(`${PACKAGE}/package.json`);
  if (manifest !== undefined) candidates.push(new URL('./dist/page/', pathToFileURL(manifest)));
  const found = candidates.find(hasPage);
  if (found !== undefined) return found;
  const [bundle] = vantagePoints();
  const beside = fileURLToPath(new URL('./page', bundle));
  throw new Error(
    `The page of the debugger is not next to this program; ${howToCopy(beside)}, or name its folder in the option pageFolder`,
  );
}

function hasPage(folder: URL): boolean {
  return existsSync(new URL(PAGE, folder));
}

function howToCopy(target: string): string {
  return `copy node_modules/${PACKAGE}/dist/page to ${JSON.stringify(target)}`;
}
