import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadContract } from '../../../src/cli/contract/file.js';
import { runCommand } from '../../support/command.js';
import { IMPORTS, thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';

const folder = new TestFolder();
const thermostat = thermostatIn(folder);
mkdirSync(folder.at('a-folder'));

describe('a contract file', () => {
  test('exports a contract as its only one', async () => {
    const { entries } = await loadContract(thermostat);
    expect(Object.keys(entries)).toEqual(['time', 'led', 'ledNow', 'reboot', 'calibrate']);
  });

  test('exports several, and one of them by default', async () => {
    const file = folder.file(
      'default.mjs',
      `${IMPORTS}export const other = contract({ a: read(1) });\nexport default contract({ b: read(2) });\n`,
    );
    expect(Object.keys((await loadContract(file)).entries)).toEqual(['b']);
  });

  test('exports the same one under two names', async () => {
    const file = folder.file(
      'twice.mjs',
      `${IMPORTS}const it = contract({ a: read(1) });\nexport { it as one, it as other };\n`,
    );
    expect(Object.keys((await loadContract(file)).entries)).toEqual(['a']);
  });

  const file = (name: string, text: string): string => folder.file(name, text);
  test.each([
    [
      'is missing',
      () => folder.at('none.mjs'),
      /^Could not read ".*none\.mjs" \(--contract\): no such file or directory$/,
    ],
    [
      'is a folder',
      () => folder.at('a-folder'),
      /^Could not read ".*a-folder" \(--contract\): it is no file$/,
    ],
    [
      'throws',
      () => file('throws.mjs', "throw new Error('not\\ntoday')"),
      /^The contract file ".*throws\.mjs" could not be loaded: not today$/,
    ],
    [
      'is no JavaScript',
      () => file('junk.mjs', 'const 1 = 2;\n'),
      /^The contract file ".*junk\.mjs" could not be loaded: .+$/,
    ],
    [
      'imports what is not there',
      () => file('lost.mjs', "import './nowhere.mjs'"),
      /^The contract file ".*lost\.mjs" could not be loaded: .*nowhere\.mjs.*$/,
    ],
    [
      'exports nothing',
      () => file('empty.mjs', ''),
      /^The contract file ".*empty\.mjs" exports no contract; export default contract\(\{ … \}\) does$/,
    ],
    [
      'exports something else',
      () => file('other.mjs', 'export default { entries: {} };\nexport const x = null'),
      /exports no contract/,
    ],
    [
      'exports two',
      () =>
        file(
          'two.mjs',
          `${IMPORTS}export const a = contract({ x: read(1) });\nexport const b = contract({ x: read(1) });\n`,
        ),
      /^The contract file ".*two\.mjs" exports several contracts \(a, b\); make one of them the default export$/,
    ],
  ] as const)('that %s is refused in a sentence, with exit code 2', async (_, make, sentence) => {
    const { code, out, err } = await runCommand(['read', '127.0.0.1:1', 'time', '--contract', make()]);
    expect([code, out]).toEqual([2, '']);
    expect(err.replace(/^socket-protocol: |\n$/g, '')).toMatch(sentence);
  });
});
