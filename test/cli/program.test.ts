import { describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program.js';
import { runCommand, wholeProgram } from '../support/command.js';

const { commands } = await wholeProgram();
const names = commands.map((command) => command.name());

describe('the program', () => {
  test('prints the version of the package', async () => {
    for (const flag of ['--version', '-V']) {
      const { code, out, err } = await runCommand([flag]);
      expect([code, out, err]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/), '']);
    }
  });

  test('prints its help, with every command and the exit codes', async () => {
    const { code, out, err } = await runCommand(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const name of names) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toContain('Exit codes:\n    0 success\n');
    expect(await runCommand(['help'])).toEqual({ code, out, err });
  });

  test('prints its help as a usage error if no command is given', async () => {
    const { code, out, err } = await runCommand([]);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining('Usage: socket-protocol')]);
  });

  test('loads only the command that is named, and none for the version', async () => {
    const { signal: interrupted } = new AbortController();
    const io = { stdout: () => {}, stderr: () => {}, env: {}, interrupted };
    const loadedFor = async (...argv: string[]): Promise<string[]> =>
      (await makeProgram(io, argv)).commands.map((command) => command.name());
    expect(await loadedFor('--version')).toEqual([]);
    expect(await loadedFor('proxy', '--help')).toEqual(['proxy']);
    expect(await loadedFor('write', '127.0.0.1:1')).toEqual(['read', 'write', 'execute']);
    for (const first of ['help', 'completion', 'raed', '--help'])
      expect(await loadedFor(first)).toEqual(names);
  });
});

describe('every command', () => {
  test.each(names)('%s has an example in its help', async (name) => {
    const { code, out } = await runCommand([name, '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining(`$ socket-protocol ${name}`)]);
    expect((await runCommand(['help', name])).out).toBe(out);
  });

  test('has --json, except completion and help, which print a script and a page', () => {
    const without = commands.filter((command) => !command.options.some(({ long }) => long === '--json'));
    expect(names.length).toBeGreaterThan(10);
    expect(without.map((command) => command.name())).toEqual(['completion', 'help']);
  });
});
