import { describe, expect, test } from 'vitest';
import { fitted, helpWidthOf } from '../../src/cli/help.js';
import { runCommand, wholeProgram } from '../support/command.js';

const { commands } = await wholeProgram();
const pages = [['--help'], ...commands.map((command) => ['help', command.name()])];

/** The words of a help, however it is wrapped. */
function wordsOf(help: string): readonly string[] {
  return help.replace(/ \\\n/g, '\n').trim().split(/\s+/);
}

describe.each([60, 80, 100])('the help at %s columns', (width) => {
  test.each(pages)('fits, without a word that is broken or lost: %s %s', async (...argv) => {
    const { out } = await runCommand(argv, { env: { COLUMNS: String(width) } });
    expect(out.split('\n').filter((line) => line.length > width)).toEqual([]);
    const { out: widest } = await runCommand(argv, { columns: 120 });
    expect(wordsOf(out)).toEqual(wordsOf(widest));
  });
});

test('the help is as wide as COLUMNS says, or the terminal, or 80 characters', () => {
  expect(helpWidthOf({ env: {}, columns: undefined })).toBe(80);
  expect(helpWidthOf({ env: {}, columns: 100 })).toBe(100);
  expect(helpWidthOf({ env: { COLUMNS: '60' }, columns: 100 })).toBe(60);
  expect(helpWidthOf({ env: { COLUMNS: '0' }, columns: 300 })).toBe(120);
  expect(helpWidthOf({ env: { COLUMNS: 'wide' }, columns: 7 })).toBe(40);
});

test('a usage error prints no line that is too long either', async () => {
  const { err } = await runCommand([], { env: { COLUMNS: '60' } });
  expect(err.split('\n').filter((line) => line.length > 60)).toEqual([]);
});

test('an example is wrapped as a shell reads it, and its options keep their values', () => {
  const line = `  $ socket-protocol write 127.0.0.1:17017 7 '{"a": 1, "b": 2}' --secret-file secret.txt --tls`;
  expect(fitted(line, 52)).toBe(
    [
      '  $ socket-protocol write 127.0.0.1:17017 7 \\',
      `      '{"a": 1, "b": 2}' --secret-file secret.txt \\`,
      '      --tls',
    ].join('\n'),
  );
});

test('an item of a list hangs beside its number', () => {
  expect(fitted('  130 interrupted before the answer', 30)).toBe(
    '  130 interrupted before the\n      answer',
  );
});
