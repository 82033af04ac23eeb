import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const files = ['src', 'machines'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What anything but the vocabulary may lean on. */
const LEAVES = ['src/errors', 'src/options', 'src/logging', 'src/clock'];

/** Who may import what: the first rule whose file fits decides. Packages stand under their own names. */
const ARROWS: readonly (readonly [files: RegExp, allowed: readonly string[]])[] = [
  [/^src\/protocol\//, ['src/protocol/']],
  [/^src\/(errors|options|logging|clock)\.ts/, ['src/protocol/', ...LEAVES]],
  [/^src\/wire\//, ['src/wire/', 'src/protocol/', 'crc-32', 'node:buffer']],
  [/^machines\/index/, ['machines/']],
  [/^machines\/session/, ['machines/', 'src/protocol/', 'xstate']],
  [/^machines\//, ['machines/not-provided', 'src/protocol/', 'xstate']],
  [
    /^src\/transport\/tcp-client/,
    [
      'src/transport/',
      'src/wire/stp',
      'src/protocol/',
      ...LEAVES,
      'node:net',
      'machines/connection',
      'xstate',
    ],
  ],
  [/^src\/transport\//, ['src/transport/', 'src/wire/stp', 'src/protocol/', ...LEAVES, 'node:net']],
  [/^src\/session\/authenticator/, ['node:crypto']],
  [
    /^src\/session\//,
    [
      'src/session/',
      'machines/',
      'src/wire/',
      'src/protocol/',
      'src/transport/comm-instance',
      ...LEAVES,
      'xstate',
      'node:events',
    ],
  ],
  [/^src\/(connect|listen|index)\.ts/, ['src/', 'node:net']],
  [/^src\/cli\//, ['src/', 'commander', 'node:fs']],
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

const imports: Import[] = files.flatMap((from) =>
  [...textOf(from).matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gms)].map(
    ([, type, target]) => ({
      from,
      to: target?.startsWith('.')
        ? normalize(join(dirname(from), target)).replace(/\.js$/, '')
        : (target ?? ''),
      isType: type !== undefined,
    }),
  ),
);

describe('the architecture', () => {
  test('has no arrow but those of the map', () => {
    expect(imports.length).toBeGreaterThan(100);
    const wrong = imports.filter(({ from, to }) => {
      const rule = ARROWS.find(([fits]) => fits.test(from));
      return !rule?.[1].some((allowed) => to.startsWith(allowed));
    });
    expect(wrong).toEqual([]);
  });

  test('lets nothing import the door or the command line', () => {
    const inward = imports.filter(
      ({ from, to }) => !from.startsWith('src/cli/') && /^src\/(index$|cli\/)/.test(to),
    );
    expect(inward).toEqual([]);
  });

  test('lets machines know only types of the vocabulary, and sessions only the types of a transport', () => {
    const values = imports.filter(
      ({ from, to, isType }) =>
        !isType &&
        ((from.startsWith('machines/') && to.startsWith('src/')) ||
          (from.startsWith('src/session/') && to.startsWith('src/transport/'))),
    );
    expect(values).toEqual([]);
  });

  test("keeps xstate's types out of the declarations of the main entry", () => {
    const behindTheDoor = /^src\/session\/(runtime|provided-machines|pending-requests|pending-table)\.ts$/;
    const users = imports
      .filter(({ from, to }) => to === 'xstate' && from.startsWith('src/'))
      .map(({ from }) => from);
    expect(users.filter((from) => !behindTheDoor.test(from))).toEqual(['src/transport/tcp-client.ts']);
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
