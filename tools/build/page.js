/**
 * Makes the page of the debugger: `dist/page`, or `page` in another folder. One script and one style sheet, so that a browser
 * needs neither a server of modules nor another host.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { licences } from './licences.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = join(ROOT, 'visualizations/debugger');
const PICTURES = join(ROOT, 'visualizations');

/** The page runs in a browser: of the sources it may import what needs no Node. */
const browserOnly = {
  name: 'browser-only',
  resolveId(name, importer) {
    if (name.startsWith('node:')) throw new Error(`The page cannot have ${name}, which ${importer} imports`);
    return null;
  },
};

/** The style sheets of all folders; the tokens that they use come first. */
function styles() {
  const sheets = readdirSync(SOURCES, { recursive: true })
    .filter((name) => name.endsWith('.css') && name !== 'debugger.css')
    .sort();
  return ['debugger.css', ...sheets].map((name) => readFileSync(join(SOURCES, name), 'utf8')).join('\n');
}

/**
 * Writes the page.
 *
 * @param {string} dist the folder of what is shipped
 */
export async function buildPage(dist) {
  const folder = join(dist, 'page');
  mkdirSync(join(folder, 'charts'), { recursive: true });
  const { output } = await build({
    input: join(SOURCES, 'app/main.tsx'),
    platform: 'browser',
    tsconfig: join(ROOT, 'tsconfig.page.json'),
    resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
    transform: { target: 'es2023' },
    plugins: [browserOnly, licences],
    write: false,
    output: { format: 'esm', minify: true, entryFileNames: 'debugger.js' },
  });
  for (const file of output) writeFileSync(join(folder, file.fileName), file.code ?? file.source);
  writeFileSync(join(folder, 'debugger.css'), styles());
  for (const name of ['index.html', 'icon.svg']) cpSync(join(SOURCES, name), join(folder, name));
  for (const kind of ['', 'simple'])
    for (const name of readdirSync(join(PICTURES, kind)).filter((each) => each.endsWith('.svg')))
      cpSync(join(PICTURES, kind, name), join(folder, 'charts', kind, name));
}

/** What Vitest calls before the tests. */
export const setup = () => buildPage(join(ROOT, 'dist'));

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildPage(process.argv[2] ?? join(ROOT, 'dist'));
