import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = [
  '.ci',
  'bench/src',
  'docs',
  'examples',
  'machines',
  'src',
  'test',
  'tools',
  'visualizations',
];
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

const files = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
      // the API reference has packages of its own
      .filter((name) => !name.includes('node_modules'))
      .map((name) => `${folder}/${name}`),
  ),
];
const pages = files.filter((path) => path.endsWith('.md'));
const codeFiles = files.filter((path) => /\.(ts|js|py|lua)$/.test(path) && path !== 'test/citations.test.ts');
const names = new Set(files.map((path) => basename(path)));

/** A page without what is quoted in it: its code. */
function proseOf(page: string): string {
  return read(page).replace(/^```[\s\S]*?^```/gm, '');
}

/** A file on one line, its comments without what begins each of their lines: a citation may wrap. */
function joined(path: string): string {
  return read(path).replace(/\s*\n\s*(?:\*(?!\/)|\/\/|#|--)?\s*/g, ' ');
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The page that a text calls by its name, with or without its folder. */
function pageCalled(name: string): string | undefined {
  return pages.find((page) => page === name || page === `docs/${name}`);
}

/** The numbered sections of a page, each with the numbers of the rules in its list. */
function sectionsOf(page: string): Map<number, number[]> {
  const [, ...parts] = proseOf(page).split(/^## (?=\d+\. )/m);
  return new Map(
    parts.map((part) => [
      Number.parseInt(part, 10),
      [...part.slice(part.indexOf('\n')).matchAll(/^(\d+)\. /gm)].map(([, rule]) => Number(rule)),
    ]),
  );
}

/** `3`, `4 and 5`, `3 to 5` as numbers. */
function numbersIn(text: string): number[] {
  const numbers = [...text.matchAll(/\d+/g)].map(Number);
  const [first = 0, last = first] = numbers;
  return text.includes(' to ') ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : numbers;
}

const LIST = String.raw`\d+(?:(?:, | and | to )\d+)*`;
const SECTIONS = new RegExp(`(?:([\\w/-]+\\.md),? )?sections? (${LIST})(?:, rules? (${LIST}))?`, 'g');
const RULES = new RegExp(String.raw`(?<!, )\b[Rr]ules? (${LIST})`, 'g');
/** Where citations without the name of a page point to. */
const LAW = 'docs/protocol.md';
const DISPATCH = 5;

/** What is cited in a text and does not exist. */
function brokenSections(text: string): string[] {
  const broken = [...text.matchAll(SECTIONS)].filter(([, name, sections = '', rules = '']) => {
    const page = name === undefined ? LAW : pageCalled(name);
    const existing = page === undefined ? new Map<number, number[]>() : sectionsOf(page);
    const cited = numbersIn(sections);
    const known = cited.flatMap((section) => existing.get(section) ?? []);
    return (
      !cited.every((section) => existing.has(section)) || !numbersIn(rules).every((r) => known.includes(r))
    );
  });
  const rulesOfDispatch = sectionsOf(LAW).get(DISPATCH) ?? [];
  const brokenRules = [...text.matchAll(RULES)].filter(
    ([, rules = '']) => !numbersIn(rules).every((rule) => rulesOfDispatch.includes(rule)),
  );
  return [...broken, ...brokenRules].map(([citation]) => citation);
}

const PATH =
  /(?<![\w./-])(?:\.ci|bench|docs|examples|machines|src|test|tools|visualizations)\/[\w./*-]*[\w/*]/g;

/** Paths of this repository in a text that lead nowhere; a star stands for anything. */
function brokenPaths(text: string): string[] {
  return [...text.matchAll(PATH)]
    .map(([path]) => path)
    .filter((path) => {
      if (!path.includes('*')) return !existsSync(`${ROOT}${path}`) && !existsSync(`${ROOT}${path}.ts`);
      const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}`);
      return !files.some((file) => pattern.test(file));
    });
}

const broken = (paths: readonly string[], find: (path: string) => string[]): string[] =>
  paths.flatMap((path) => find(path).map((citation) => `${path}: ${citation}`));

describe('citations', () => {
  test('in links lead to a file, and to a heading of it', () => {
    const links = pages.flatMap((page) =>
      [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ page, target })),
    );
    const inward = links.filter(({ target }) => !/^[a-z]+:/.test(target));
    expect(inward.length).toBeGreaterThan(40);
    const dead = inward.filter(({ page, target }) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      return !existsSync(`${ROOT}${file}`) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  test('of sections and rules lead to a section and a rule', () => {
    const citing = codeFiles.filter((path) => new RegExp(SECTIONS).test(joined(path)));
    expect(citing.length).toBeGreaterThan(30);
    expect(broken([...codeFiles, ...pages], (path) => brokenSections(joined(path)))).toEqual([]);
  });

  test('of pages lead to a page', () => {
    const missing = broken(codeFiles, (path) =>
      [...joined(path).matchAll(/[\w/.-]*[\w-]\.md\b/g)]
        .map(([name]) => name)
        .filter((name) => pageCalled(name.replace(/^\/|^(\.\.\/)+/, '')) === undefined),
    );
    expect(missing).toEqual([]);
  });

  test('of files and folders lead to one', () => {
    expect(broken(pages, (path) => brokenPaths(proseOf(path)))).toEqual([]);
    const comments = (path: string): string =>
      [...read(path).matchAll(/\/\*\*?[\s\S]*?\*\/|(?<=\s)\/\/ .*/g)].map(([comment]) => comment).join('\n');
    expect(broken(codeFiles, (path) => brokenPaths(comments(path)))).toEqual([]);
    const unknown = broken(codeFiles, (path) =>
      [...comments(path).matchAll(/(?<![\w./*-])[\w-]+\.(?:ts|js|py|lua)\b/g)]
        .map(([name]) => name)
        .filter((name) => !names.has(name) && !names.has(name.replace(/\.js$/, '.ts'))),
    );
    expect(unknown).toEqual([]);
  });

  test.each([
    ['protocol.md section 9', 1],
    ['protocol.md section 5, rule 7', 1],
    ['protocol.md sections 3 to 8', 1],
    ['absent.md section 1', 1],
    ['Rules 1 and 12: nothing', 1],
    ['docs/protocol.md sections 1 and 2', 0],
    ['protocol.md section 5, rules 5 and 6', 0],
  ])('of %s are found out', (text, count) => {
    expect(brokenSections(text)).toHaveLength(count);
  });

  test('of a path that leads nowhere are found out', () => {
    expect(brokenPaths('see `src/session/nowhere.ts`, `docs/*.svg` and `docs/*.pdf`')).toEqual([
      'src/session/nowhere.ts',
      'docs/*.pdf',
    ]);
  });
});
