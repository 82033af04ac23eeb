import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');
const sources = [...filesBelow('src', '.ts'), ...filesBelow('machines', '.ts')];

interface Example {
  readonly origin: string;
  readonly code: string;
}

/** The blocks marked as TypeScript, in doc comments and in Markdown. */
function examples(): Example[] {
  const found: Example[] = [];
  for (const path of [...sources, 'README.md']) {
    const text = path.endsWith('.ts') ? read(path).replace(/^[ \t]*\* ?/gm, '') : read(path);
    for (const [i, match] of [...text.matchAll(/```ts\n([\s\S]*?)```/g)].entries()) {
      found.push({ origin: `${path} #${i + 1}`, code: match[1] ?? '' });
    }
  }
  return found;
}

describe('the documentation', () => {
  test('has only examples that compile', { timeout: 60_000 }, () => {
    const folder = `${ROOT}node_modules/.cache/examples`;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const all = examples();
    expect(all.length).toBeGreaterThan(15);
    for (const [i, { code }] of all.entries()) writeFileSync(`${folder}/${i}.ts`, `${code}\nexport {};\n`);
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({
        extends: '../../../tsconfig.json',
        compilerOptions: { rootDir: '../../..', noUnusedLocals: false, typeRoots: ['../../@types'] },
        include: ['*.ts'],
      }),
    );
    const { stdout, status } = spawnSync(
      process.execPath,
      [`${ROOT}node_modules/typescript/bin/tsc`, '-p', folder],
      {
        encoding: 'utf8',
      },
    );
    const errors = stdout.replace(/(\d+)\.ts\(/g, (_, i: string) => `${all[Number(i)]?.origin}(`);
    expect({ errors, status }).toEqual({ errors: '', status: 0 });
  });

  test.each([
    'src/index.ts',
    'src/wire/index.ts',
    'machines/index.ts',
  ])('says something about each export of %s', (door) => {
    const declarations = new Map<string, boolean>();
    for (const path of sources) {
      const text = read(path);
      for (const match of text.matchAll(
        /(\*\/\n)?export (?:abstract )?(?:declare )?(?:async )?(?:class|function|const|interface|type) (\w+)/g,
      )) {
        declarations.set(match[2] ?? '', match[1] !== undefined || declarations.get(match[2] ?? '') === true);
      }
    }
    const names = [...read(door).matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
      (list ?? '')
        .split(',')
        .map((name) => name.replace('type ', '').trim())
        .filter(Boolean),
    );
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((name) => declarations.get(name) !== true)).toEqual([]);
  });
});
