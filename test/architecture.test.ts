import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PERMITS, permitOf, readImports, roomOf, sourceFiles } from '../tools/architecture/imports.js';
import { mapOf } from '../tools/architecture/map.js';
import { withMap } from '../tools/architecture/page.js';
import { svgOf } from '../tools/architecture/svg.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const files = sourceFiles(ROOT);
const imports = readImports(ROOT);

describe('the architecture', () => {
  test('has a room for each file', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(files.filter((path) => roomOf(path.replace(/\.ts$/, '')) === undefined)).toEqual([]);
  });

  test('has no arrow but those of the map (tools/architecture/rooms.ts)', () => {
    expect(imports.length).toBeGreaterThan(100);
    const others = imports.filter((each) => permitOf(each) === undefined);
    expect(others.map(({ from, to, isType }) => `${from} -> ${to}${isType ? ' (types)' : ''}`)).toEqual([]);
  });

  test('has a map on which no arrow is unused', () => {
    const used = new Set(imports.map(permitOf));
    const unused = PERMITS.filter((permit) => !used.has(permit));
    expect(unused.map(({ holder, target }) => `${holder} -> ${target}`)).toEqual([]);
  });

  test('lets nothing import the door, and only the command line import the command line', () => {
    const isOfCli = (name: string): boolean => /^src\/cli(\/|$)/.test(name);
    const inward = PERMITS.filter(
      ({ holder, target }) => target === 'src/index' || (isOfCli(target) && !isOfCli(holder)),
    );
    expect(inward).toEqual([]);
  });

  test.each([
    ['src/session/journal/journal', 'src/session/sending/output', false],
    ['src/session/asking/asking', 'src/session/answering/answerer', false],
    ['src/session/sending/output', 'src/session/session', true],
    ['src/session/handshake/handshake', 'node:crypto', false],
    ['src/session/wiring', 'src/transport/tcp-client', false],
    ['src/wire/stp', 'src/transport/address', false],
    ['src/protocol/ids', 'src/base/clock', true],
    ['machines/connection', 'machines/authentication', true],
    ['machines/connection', 'src/protocol/reasons', false],
    ['src/cli/attic/old', 'src/protocol/ids', false],
  ])('finds that %s must not import %s', (from, to, isType) => {
    expect(permitOf({ from, to, isType })).toBeUndefined();
  });

  test("keeps xstate's types out of the declarations of the main entry", () => {
    const behindTheDoor =
      /^src\/session\/(actors|guarded-inspector|owned-actor|(asking|light)\/[\w-]+)$|^src\/cli\/(recording\/peer-view|certify\/handshake)$|^src\/inspector\/(all-machines|watch|session-watch|charts|taken)$|^src\/share\/(actors|view)$/;
    const users = imports
      .filter(({ from, to }) => to === 'xstate' && from.startsWith('src/'))
      .map(({ from }) => from);
    expect(users.filter((from) => !behindTheDoor.test(from))).toEqual(['src/transport/opening-comm']);
  });

  test('gives up no type and leaves nothing open', () => {
    const smells = /\bas any\b|@ts-ignore|@ts-expect-error|export \*|TODO|FIXME/;
    expect(files.filter((path) => smells.test(textOf(path)))).toEqual([]);
  });

  test('keeps the machines literal and pure, so that tools can read the file alone', () => {
    const impure =
      /\.\.\.|satisfies|as const|\bawait\b|\bDate\b|Math\.random|console\.|setTimeout|Promise|node:/;
    for (const path of files.filter(
      (each) => each.startsWith('machines/') && !/index|not-provided/.test(each),
    )) {
      const code = textOf(path)
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/description: '[^']*'/g, '');
      expect(code.match(impure)?.[0], path).toBeUndefined();
      expect(code.match(/^export const \w+Machine = setup\(\{/gm), path).toHaveLength(1);
      expect(code.match(/^\}\)\.createMachine\(\{/gm), path).toHaveLength(1);
    }
  });
});

describe('docs/ARCHITECTURE.md', () => {
  const map = mapOf(imports);

  test('has the table and the diagram of the sources as they are (npm run architecture writes both)', () => {
    const page = textOf('docs/ARCHITECTURE.md');
    expect(withMap(page, map)).toBe(page);
  });

  test('has the picture of the sources as they are (npm run architecture draws it)', async () => {
    expect(await svgOf(map)).toBe(textOf('docs/architecture.svg'));
  });
});
