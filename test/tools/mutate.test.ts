import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { HITS, withHits } from '../../tools/mutate/hits.js';
import { mutantsOf, mutated } from '../../tools/mutate/mutants.js';
import { sampleOf } from '../../tools/mutate/run.js';
import { allMutants } from '../../tools/mutate/sources.js';
import { keyOf, readSurvivors, staleSurvivors } from '../../tools/mutate/survivors.js';
import { isJudge } from '../../tools/mutate/tests.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a source becomes, once for each mutant. */
function mutations(text: string, file = 'src/wire/example.ts'): string[] {
  return mutantsOf(file, text).map((mutant) => mutated(mutant, text));
}

describe('the mutants of a source', () => {
  test.each([
    ['a < b', ['a <= b']],
    ['a >= b', ['a > b']],
    ['a === b', ['a !== b']],
    ['a && b', ['a || b']],
    ['a + 1', ['a - 1']],
    ['a * b', ['a / b']],
    ['i++', ['i--']],
    ['Math.min(a, b)', ['Math.max(a, b)']],
    ['f(true)', ['f(false)']],
    ['a ? b : c', ['!(a) ? b : c']],
    ['!a ? b : c', ['a ? b : c']],
  ])('of %s are %j', (code, expected) => {
    expect(mutations(`const x = ${code};`)).toEqual(expected.map((each) => `const x = ${each};`));
  });

  test('leave out calls, assignments and early returns', () => {
    expect(mutations('function f() { g(); }')).toEqual(['function f() { ; }']);
    expect(mutations('async function f() { await g?.(); }')).toEqual(['async function f() { ; }']);
    expect(mutations('function f() { a = 1; }')).toEqual(['function f() { ; }']);
    expect(mutations('function f() { if (a) return; g; }')).toContain('function f() { ; g; }');
  });

  test('change constants and defaults, and no text but a default', () => {
    expect(mutations("const LIMIT = 3; const NAME = 'a'; const x = 3;")).toEqual([
      "const LIMIT = 6; const NAME = 'a'; const x = 3;",
    ]);
    expect(mutations("row({ default: 'a', why: 'b' })")).toContain("row({ default: 'ax', why: 'b' })");
    expect(mutations("const x = 'a' + b;")).toEqual([]);
  });

  test('leave types alone', () => {
    expect(mutations('type A = true | (B extends C ? 1 : 2); interface D { e: false }')).toEqual([]);
    expect(mutations('const x = (a as true) satisfies true;')).toEqual([]);
  });

  test('of a machine leave out actions, guards and transitions', () => {
    const state = "on: { go: { guard: 'may go', target: 'x', actions: ['one', 'two'] } }";
    const machine = (text: string): string =>
      `export const m = setup({ actions: { one: () => {} } }).createMachine({ ${text} });`;
    const text = machine(state);
    const found = mutations(text, 'machines/example.ts').map((each) => each.replaceAll(/ +/g, ' '));
    expect(found).toEqual(
      expect.arrayContaining([
        machine('on: { }'),
        machine("on: { go: { target: 'x', actions: ['one', 'two'] } }"),
        machine("on: { go: { guard: 'may go', target: 'x', actions: [ 'two'] } }"),
        machine("on: { go: { guard: 'may go', target: 'x', actions: ['one', ] } }"),
      ]),
    );
    expect(found.filter((each) => !each.includes('one: () => {}'))).toEqual([]);
  });

  test('are named by where they are, and numbered where they look the same', () => {
    const [first, second] = mutantsOf('src/wire/example.ts', 'class A {\n  #b() { f(); f(); }\n}');
    expect(first).toMatchObject({ line: 2, inside: 'A.#b', before: 'f();', after: ';', nth: 1 });
    expect(second).toMatchObject({ nth: 2 });
  });
});

describe('a source that notes what is run', () => {
  test('does what it did, and knows its blocks', () => {
    const text = 'globalThis.double = (n) => n * 2;\nfunction never() { return 1; }';
    const world: Record<string, unknown> = {};
    new Function('globalThis', withHits('a.ts', text))(world);
    expect(world[HITS]).toEqual(new Set(['a.ts:-1']));
    expect((world['double'] as (n: number) => number)(4)).toBe(8);
    expect(world[HITS]).toEqual(new Set(['a.ts:-1', `a.ts:${text.indexOf('n * 2')}`]));
  });

  test('has a block for each mutant', () => {
    const file = 'src/wire/stp.ts';
    const text = readFileSync(`${ROOT}${file}`, 'utf8');
    const noted = withHits(file, text);
    const blocks = new Set(mutantsOf(file, text).map(({ block }) => block));
    expect([...blocks].filter((block) => !noted.includes(`"${file}:${block}"`))).toEqual([]);
  });
});

describe('which sources get mutants', () => {
  const filesOf = (choice: Parameters<typeof allMutants>[1]): string[] => [
    ...new Set(allMutants(ROOT, choice).map(({ file }) => file)),
  ];

  test('are all that are named, also those that the score is not about', () => {
    expect(filesOf({ files: 'src/inspector/ring.ts' })).toEqual(['src/inspector/ring.ts']);
    expect(filesOf({ files: 'src/wire/stp.ts' })).toEqual(['src/wire/stp.ts']);
  });

  test('are never those of the command line, whose tests start programs', () => {
    expect(filesOf({ files: 'src/cli/**' })).toEqual([]);
  });
});

describe('a sample', () => {
  const mutants = mutantsOf('src/wire/example.ts', Array.from({ length: 50 }, () => 'x = a < b;').join('\n'));

  test('is the same for the same seed, and has none twice', () => {
    const sample = sampleOf(mutants, 20, 7);
    expect(sampleOf(mutants, 20, 7)).toEqual(sample);
    expect(sampleOf(mutants, 20, 8)).not.toEqual(sample);
    expect(new Set(sample).size).toBe(20);
    expect(sampleOf(mutants, 1_000, 7)).toHaveLength(mutants.length);
  });
});

describe('the accepted survivors', () => {
  const survivors = readSurvivors(ROOT);

  test('exist (npm run mutate -- --tidy takes the others off the list)', () => {
    expect(staleSurvivors(survivors, allMutants(ROOT))).toEqual([]);
  });

  test('have a reason each, and are listed once', () => {
    expect(survivors.filter(({ reason }) => reason.length < 20)).toEqual([]);
    expect(new Set(survivors.map(keyOf)).size).toBe(survivors.length);
  });
});

describe('the tests that judge', () => {
  test('are not those that any change fails, nor those that start programs', () => {
    expect(isJudge('test/session/asking/lines.test.ts')).toBe(true);
    expect(isJudge('test/visualizations/pictures.test.ts')).toBe(false);
    expect(isJudge('test/cli/process.test.ts')).toBe(false);
    expect(isJudge('test/tools/mutate.test.ts')).toBe(false);
    expect(isJudge('test/tools/option-docs.test.ts')).toBe(true);
    expect(isJudge('test/support/pair.ts')).toBe(false);
  });
});
