/** The programs of the pages in docs/ that are there to be copied: each runs as it stands, and prints what it says. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { Running } from './support/running.js';

const FOLDER = inject('fieldFolder');

/** The pages that begin with a program that runs by itself. */
const PAGES = [
  'transports',
  'tls',
  'server',
  'contracts',
  'middleware',
  'iterators',
  'observation',
  'flight-recorder',
  'gateways',
  'haproxy',
  'share',
  'debugging',
];

interface PageProgram {
  /** The page, and the line that the program begins in. */
  readonly place: string;
  readonly code: string;
}

/** The blocks of TypeScript of a page, without those that need something that is only declared. */
function programsOf(page: string): PageProgram[] {
  const path = fileURLToPath(new URL(`../../docs/${page}.md`, import.meta.url));
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map((match) => ({
      place: `docs/${page}.md:${text.slice(0, match.index).split('\n').length + 1}`,
      code: match[1] ?? '',
    }))
    .filter(({ code }) => !code.includes('declare const'));
}

/** What a program says that it prints: `// prints: …` behind what prints it, with … for what is another each time. */
function printedBy(code: string): RegExp {
  const lines = [...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line = '']) =>
    line
      .trim()
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*'),
  );
  return new RegExp(`^${lines.map((line) => `${line}\n`).join('')}$`);
}

describe.each(PAGES)('the page %s', (page) => {
  const programs = programsOf(page);

  test('has a program', () => {
    expect(programs.length).toBeGreaterThan(0);
  });

  test.concurrent.each(programs)('$place runs as it stands, prints what it says, and ends', async ({
    place,
    code,
  }) => {
    const file = join(FOLDER, `${place.replace(/\W/g, '-')}.mjs`);
    writeFileSync(file, code);
    using running = new Running([file]);
    const ending = await running.code;
    expect([ending, running.err]).toEqual([0, '']);
    expect(running.out).toMatch(printedBy(code));
  });
});
