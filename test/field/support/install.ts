/**
 * Packs the package and installs it, once for all files, into a folder of its own outside of the checkout: the
 * programs of this suite import it by its name, as those of users do.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the programs, in which the package is installed. */
    fieldFolder: string;
  }
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('../programs', import.meta.url));

export default function install(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-field-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    installInto(folder);
  } catch (error) {
    remove();
    throw error;
  }
  project.provide('fieldFolder', folder);
  return remove;
}

function installInto(folder: string): void {
  const packed = npm(['pack', '--json', '--pack-destination', folder], ROOT);
  // what the build prints comes first
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as [{ filename: string }];
  cpSync(PROGRAMS, folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'field', private: true, type: 'module' }),
  );
  // the dependencies come from the checkout, so that this needs no network
  const local = dependenciesOf('.').map((name) => join(ROOT, 'node_modules', name));
  npm(
    [
      'install',
      '--offline',
      '--install-links',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `./${filename}`,
      ...local,
    ],
    folder,
  );
  addSecondCopy(folder);
  for (const scope of ['@opentelemetry', '@nats-io'])
    mkdirSync(join(folder, 'node_modules', scope), { recursive: true });
  for (const name of NEIGHBOURS)
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
}

/** What programs of users have next to the package. */
const NEIGHBOURS = [
  'happy-dom',
  'jsdom',
  'rolldown',
  'vitest',
  'zod',
  'valibot',
  'arktype',
  'prom-client',
  '@nats-io/transport-node',
  '@opentelemetry/api',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-trace-base',
];

/** The packages that a package depends on, and those that they depend on. */
function dependenciesOf(path: string, found = new Set<string>()): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    if (found.has(name)) continue;
    found.add(name);
    dependenciesOf(join('node_modules', name), found);
  }
  return [...found];
}

/** Another copy of the package, as the dependency of a dependency brings it; `second/index.mjs` exports what it exports. */
function addSecondCopy(folder: string): void {
  const second = join(folder, 'second');
  mkdirSync(join(second, 'node_modules'), { recursive: true });
  cpSync(join(folder, 'node_modules/socket-protocol'), join(second, 'node_modules/socket-protocol'), {
    recursive: true,
  });
  writeFileSync(join(second, 'index.mjs'), "export * from 'socket-protocol';\n");
  writeFileSync(join(second, 'wire.mjs'), "export * from 'socket-protocol/wire';\n");
}

function npm(argv: readonly string[], cwd: string): string {
  return execFileSync('npm', argv, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
