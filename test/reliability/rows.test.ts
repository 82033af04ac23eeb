import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const TEST = fileURLToPath(new URL('..', import.meta.url));
const SELF = 'reliability/rows.test.ts';

const rows = (prefix: string, last: number): string[] =>
  Array.from({ length: last }, (_, i) => `${prefix}${i + 1}`);

/** Every promise of docs/reliability.md that has a proof, by the name of its row. */
const ROWS = [
  ...rows('H', 16),
  ...rows('R', 11),
  ...rows('F', 20),
  ...rows('#', 45),
  ...rows('I', 16),
  ...rows('A', 6),
  ...rows('B', 8),
  ...['C1', 'C2', 'C4'],
  ...rows('D', 11),
  'D13',
  ...rows('G', 3),
  ...['E1', 'E2'],
  ...[1, 2, 3, 4, 7, 8, 9, 13, 14, 15, 16, 17, 18, 28, 29, 33, 35, 36, 37, 38, 39, 40, 42, 44, 45, 47].map(
    (number) => `FC-${String(number).padStart(2, '0')}`,
  ),
];

const text = readdirSync(TEST, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && path !== SELF)
  .map((path) => readFileSync(`${TEST}${path}`, 'utf8'))
  .join('\n');

describe('each row of the tables', () => {
  test('is named where it is proven', () => {
    const missing = ROWS.filter((row) => !new RegExp(`(^|[^\\w#])${row}[a-z]?(?![\\w])`).test(text));
    expect(missing).toEqual([]);
  });
});
