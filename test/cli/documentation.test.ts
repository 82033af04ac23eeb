/** docs/command-line.md says what the program can do: every option of every command, and no other. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-code.js';
import { runCommand, wholeProgram } from '../support/command.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/command-line.md', import.meta.url)), 'utf8');
const { commands } = await wholeProgram();
const names = commands.map((command) => command.name());

/** The options that the tables of the page have for a command, each after a comment with the commands that it is about. */
function documentedOptions(name: string): readonly string[] {
  const tables = [...page.matchAll(/^<!-- options: (.+) -->\n((?:\|.*\n)+)/gm)];
  return tables
    .filter(([, of = '']) => of.split(' ').includes(name))
    .flatMap(([, , table = '']) =>
      table.split('\n').flatMap((row) => row.split('|')[1]?.match(/--[a-z-]{2,}/g) ?? []),
    );
}

describe('docs/command-line.md', () => {
  test('lists every command, in the order of the help', () => {
    const [, table = ''] = /^\| command \|.*\n((?:\|.*\n)+)/m.exec(page) ?? [];
    expect([...table.matchAll(/^\| `([a-z]+)/gm)].map(([, name]) => name)).toEqual(names);
  });

  test.each(names)('has every option of %s once, and no other', (name) => {
    const options = commands.find((command) => command.name() === name)?.options.map(({ long }) => long);
    expect([...documentedOptions(name)].sort()).toEqual([...(options ?? [])].sort());
  });

  test('names tables of options for commands that there are', () => {
    for (const [, of = ''] of page.matchAll(/^<!-- options: (.+) -->$/gm))
      expect(names).toEqual(expect.arrayContaining(of.split(' ')));
  });

  test('lists every exit code', () => {
    const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual(Object.values(EXIT));
  });

  const lines = [...page.matchAll(/^socket-protocol (\S+)(.*)$/gm)];
  test.each(
    lines.map(([line, name = '', rest = '']) => [line, name, rest] as const),
  )('shows with "%s" what can be typed', (_, name, rest) => {
    const options = commands.find((command) => command.name() === name)?.options.map(({ long }) => long);
    expect(options).toEqual(expect.arrayContaining(rest.match(/--[a-z-]{2,}/g) ?? []));
  });

  test('is what the help of the program says about exit codes, too', async () => {
    const { out } = await runCommand(['--help']);
    for (const code of Object.values(EXIT)) expect(out).toMatch(new RegExp(`\\b${code} \\w`));
  });
});
