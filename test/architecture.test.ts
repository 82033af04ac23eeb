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

/** What every transport may lean on. */
const BELOW_TRANSPORT = ['src/transport/', 'src/wire/stp', 'src/protocol/', ...LEAVES, 'node:net'];

/**
 * Who may import what: the first rule whose file fits decides. What ends in a slash is a folder, anything else is one
 * module. Packages stand under their own names.
 */
const ARROWS: readonly (readonly [files: RegExp, allowed: readonly string[]])[] = [
  [/^src\/protocol\//, ['src/protocol/']],
  [/^src\/(errors|options|logging|clock)\.ts$/, ['src/protocol/', ...LEAVES]],
  [/^src\/wire\//, ['src/wire/', 'src/base/', 'src/protocol/', 'crc-32', 'node:buffer', 'node:zlib']],
  [/^machines\/index\.ts$/, ['machines/']],
  [/^machines\/session\.ts$/, ['machines/', 'src/protocol/', 'xstate']],
  [/^machines\//, ['machines/not-provided', 'src/protocol/', 'xstate']],
  [/^src\/transport\/tcp-client\.ts$/, [...BELOW_TRANSPORT, 'machines/connection', 'xstate']],
  [/^src\/transport\//, BELOW_TRANSPORT],
  [/^src\/session\/authenticator\.ts$/, ['node:crypto']],
  [
    /^src\/session\//,
    [
      'src/session/',
      'machines/',
      'src/wire/',
      'src/protocol/',
      'src/transport/comm-instance',
      'src/transport/link-limits',
      ...LEAVES,
      'xstate',
      'node:events',
    ],
  ],
  [/^src\/(connect|listen|index)\.ts$/, ['src/', 'node:net']],
  [
    /^src\/inspector\//,
    [
      'src/inspector/',
      'src/session/observation',
      'src/wire/recognise',
      'machines/index',
      ...LEAVES,
      'node:buffer',
      'node:crypto',
      'node:fs',
      'node:http',
      'node:module',
      'xstate',
      '@statelyai/inspect',
    ],
  ],
  [/^src\/cli\/peer-view\.ts$/, ['src/', 'machines/', 'xstate']],
  [
    /^src\/cli\//,
    [
      'src/',
      'commander',
      'node:fs',
      'node:net',
      'node:path',
      'node:readline',
      'node:readline/promises',
      'node:stream',
      'node:timers/promises',
      'node:util',
      'valibot',
    ],
  ],
];

/** Arrows of which only the types may be meant: nothing of the target runs because of them. */
const TYPES_ONLY: readonly (readonly [files: RegExp, target: RegExp])[] = [
  [/^machines\//, /^src\//],
  [/^src\/(errors|options|logging|clock)\.ts$/, /^src\/protocol\//],
  [/^src\/session\//, /^src\/transport\/(?!link-limits$)/],
  [/^src\/(?!transport\/)/, /^node:(net|tls|dns)/],
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')`, the last also where a type is meant. */
const IMPORT =
  /^(?:import|export)\s+(type\s)?[^;']*?\bfrom\s+'([^']+)'|^import\s+()'([^']+)'|\bimport\(()\s*'([^']+)'/gm;

function importsOf(from: string): Import[] {
  return [...textOf(from).matchAll(IMPORT)].map((match) => {
    const target = match[2] ?? match[4] ?? match[6] ?? '';
    const to = target.startsWith('.') ? normalize(join(dirname(from), target)).replace(/\.js$/, '') : target;
    return { from, to, isType: Boolean(match[1]) };
  });
}

const imports = files.flatMap(importsOf);

function isAllowed({ from, to }: Import): boolean {
  const [, allowed = []] = ARROWS.find(([fits]) => fits.test(from)) ?? [];
  return allowed.some((each) => (each.endsWith('/') ? to.startsWith(each) : to === each));
}

describe('the architecture', () => {
  test('has no arrow but those of the map', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter((each) => !isAllowed(each))).toEqual([]);
  });

  test('lets nothing import the door, and only the command line import the command line', () => {
    const inward = imports.filter(
      ({ from, to }) => to === 'src/index' || (to.startsWith('src/cli/') && !from.startsWith('src/cli/')),
    );
    expect(inward).toEqual([]);
  });

  test('imports no more than types where only types are meant', () => {
    const values = imports.filter(
      ({ from, to, isType }) =>
        !isType && TYPES_ONLY.some(([fits, target]) => fits.test(from) && target.test(to)),
    );
    expect(values).toEqual([]);
  });

  test("keeps xstate's types out of the declarations of the main entry", () => {
    const behindTheDoor =
      /^src\/session\/(runtime|session-actor|provided-machines|pending-requests|pending-table)\.ts$|^src\/(cli\/peer-view|inspector\/(watch|charts))\.ts$/;
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
