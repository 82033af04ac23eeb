import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly type: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;

/** The source that the build makes a file of `dist` from. */
const sourceOf = (built: string): string =>
  built.replace(/^(\.\/)?dist\//, '').replace(/(\.d\.ts|\.js)$/, '.ts');

/** What a tarball would hold; of `dist`, what is built at the moment. */
function packedFiles(): string[] {
  const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout, stderr, status } = spawnSync('npm', pack, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const [report] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  return report.files.map(({ path }) => path);
}

describe('the package', () => {
  test('depends on few packages at run time and on the types of Node, and the README says why on each', () => {
    const names = Object.keys(manifest.dependencies).sort();
    expect(names).toEqual(['@types/node', 'crc-32', 'xstate']);
    for (const name of names) expect(read('README.md')).toContain(`- **${name}**: `);
  });

  test('is an ES module under the MIT licence for Node 20.19 and later', () => {
    expect(manifest).toMatchObject({ type: 'module', license: 'MIT', engines: { node: '>=20.19' } });
    expect(read('LICENSE')).toContain('MIT License');
  });

  test('has the doors that the documentation names', () => {
    expect(Object.keys(manifest.exports)).toEqual([
      '.',
      './wire',
      './inspector',
      './gateway',
      './share',
      './machines',
      './nats',
      './package.json',
    ]);
    expect(manifest.bin).toEqual({ 'socket-protocol': 'dist/src/cli/main.js' });
  });

  test('has a source for whatever it exports, types and code of the same one', () => {
    for (const [door, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'string') {
        expect(existsSync(`${ROOT}${target}`), door).toBe(true);
        continue;
      }
      expect(target.types.endsWith('.d.ts') && target.default.endsWith('.js'), door).toBe(true);
      expect(sourceOf(target.types), door).toBe(sourceOf(target.default));
      expect(existsSync(`${ROOT}${sourceOf(target.default)}`), door).toBe(true);
    }
  });

  test('declares nothing with types of Node whose arguments have another order in its newer types', () => {
    // `Channel<StoreType, ContextType>` of 20 is `Channel<ContextType, StoreType>` of 26, which a new project installs
    const source = read('src/session/observing/trace.ts');
    expect(source).toContain("from 'node:diagnostics_channel'");
    expect(source.match(/\b(Tracing)?Channel(Collection)?<[^>]*,/g)).toBe(null);
  });

  test('has a command that a shell can start', () => {
    for (const built of Object.values(manifest.bin)) {
      expect(read(sourceOf(built)).split('\n')[0]).toBe('#!/usr/bin/env node');
    }
  });

  test('ships what its source maps point to', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'src', 'machines']));
  });

  describe('as npm packs it', () => {
    const shipped = packedFiles();
    const pages = shipped.filter((path) => path.endsWith('.md'));

    test('has the documentation and the examples', () => {
      expect(shipped).toEqual(
        expect.arrayContaining([
          'README.md',
          'CHANGELOG.md',
          'CONTRIBUTING.md',
          'LICENSE',
          'SECURITY.md',
          'docs/ARCHITECTURE.md',
          'docs/decisions/README.md',
          'docs/protocol.md',
          'examples/client.ts',
          'examples/server.ts',
        ]),
      );
    });

    test('has no tests but the vectors and the Python peer, no tools but the dissector, and nothing else of the workshop', () => {
      const workshop = shipped.filter((path) => /^(test|tools|bench|\.ci|\.tmp|node_modules)\//.test(path));
      expect(
        workshop.filter((path) => !/^(test\/vectors|test\/interop\/peer\.py$|tools\/wireshark)/.test(path)),
      ).toEqual([]);
      // the examples are there as they are written and as Node runs them; what is not built yet is not there (test/field runs them)
      const examples = shipped
        .filter((path) => path.startsWith('examples/'))
        .map((path) => `dist/${path.replace('.ts', '.js')}`);
      const built = shipped.filter((path) => path.startsWith('dist/examples/'));
      expect(built.filter((path) => !examples.includes(path))).toEqual([]);
      expect(manifest.files.filter((path: string) => path.includes('examples'))).toEqual(['examples']);
    });

    test('has the files that its pages link to', () => {
      const links = pages.flatMap((page) =>
        [...read(page).matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)].map(([, target = '']) => ({ page, target })),
      );
      const inward = links.filter(({ target }) => !/^[a-z]+:/.test(target));
      expect(inward.length).toBeGreaterThan(40);
      const dead = inward.filter(({ page, target }) => {
        const path = normalize(join(dirname(page), target)).replace(/\/$/, '');
        return !shipped.some((file) => file === path || file.startsWith(`${path}/`));
      });
      expect(dead).toEqual([]);
    });
  });

  test('has a changelog that knows its version', () => {
    expect(read('CHANGELOG.md')).toContain(`## ${manifest.version}`);
  });

  test('has a lock file of the same package that names no download address', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Partial<Manifest>> };
    expect(lock.packages['']).toMatchObject({
      name: manifest.name,
      version: manifest.version,
      dependencies: manifest.dependencies,
    });
    expect(read('package-lock.json')).not.toMatch(/"resolved"|https?:\/\/registry/);
    expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
  });

  test('is checked by a script that can be started', () => {
    expect(statSync(`${ROOT}.ci/run`).mode & 0o111).not.toBe(0);
  });
});
