import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { historyFileOf } from '../../../src/cli/shell/history.js';
import { TestFolder } from '../../support/folder.js';
import { openShellServer, pipedShell, SHELL_ENV, Typing } from '../../support/typing.js';

const folder = new TestFolder();
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

const { address } = await openShellServer();

describe('the history', () => {
  test('is kept in a file that only its owner can read, and comes back with an arrow key', async () => {
    const { SOCKET_PROTOCOL_SECRET } = SHELL_ENV;
    const env = { SOCKET_PROTOCOL_SECRET, XDG_STATE_HOME: folder.at('state') };
    const file = join(folder.at('state'), 'socket-protocol', 'history');
    const first = new Typing(address, env);
    await first.shows('> ');
    for (const line of ['read 1', 'read 1', '   ', 'status']) await first.line(line);
    await first.leave();
    expect(linesOf(file)).toEqual(['read 1', 'status']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);

    const second = new Typing(address, env);
    await second.shows('> ');
    second.type('\u001b[A\u001b[A\r');
    await second.command.printed(/"one"/);
    await second.line('read 1');
    await second.leave();
    expect(linesOf(file)).toEqual(['read 1', 'status', 'read 1']);
  });

  test('holds the newest 1,000 lines', async () => {
    const lines = Array.from({ length: 1_500 }, (_, index) => `read ${index}\n`);
    const file = folder.file('long', lines.join(''));
    const typing = new Typing(address, { ...SHELL_ENV, SOCKET_PROTOCOL_HISTORY: file });
    await typing.shows('> ');
    expect([linesOf(file).length, linesOf(file)[0]]).toEqual([1_000, 'read 500']);
    await typing.line('status');
    await typing.line('statuses');
    await typing.leave();
    const kept = linesOf(file);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([1_000, 'read 502', 'statuses']);
  });

  test.each([
    ['is a folder', folder.path, 'it is a folder'],
    ['has a file for a folder', join(folder.file('blocker', ''), 'history'), 'not a directory'],
  ])('that %s costs one warning, and nothing else', async (_, file, fault) => {
    const typing = new Typing(address, { ...SHELL_ENV, SOCKET_PROTOCOL_HISTORY: file });
    await typing.shows('> ');
    await typing.line('read 1');
    await typing.line('status');
    const { code, out, err } = await typing.leave();
    expect([code, out]).toEqual([0, expect.stringMatching(/^"one"\n\{/)]);
    expect(err).toBe(
      `socket-protocol: warning: Could not keep the history in ${JSON.stringify(file)}: ${fault}\n`,
    );
  });

  test('is neither read nor written without a terminal', async () => {
    const file = folder.file('untouched', 'read 9\n');
    // reading or writing a folder would cost a warning
    for (const history of [file, folder.path]) {
      const env = { ...SHELL_ENV, SOCKET_PROTOCOL_HISTORY: history };
      const outcome = await pipedShell(address, 'read 1\n', { env });
      expect(outcome).toEqual({ code: 0, out: '"one"\n', err: '' });
    }
    expect(linesOf(file)).toEqual(['read 9']);
  });

  test.each([
    [{ SOCKET_PROTOCOL_HISTORY: '/x/y', XDG_STATE_HOME: '/state', HOME: '/home/a' }, '/x/y'],
    [{ SOCKET_PROTOCOL_HISTORY: '', XDG_STATE_HOME: '/state', HOME: '/home/a' }, null],
    [{ XDG_STATE_HOME: '/state', HOME: '/home/a' }, '/state/socket-protocol/history'],
    [{ XDG_STATE_HOME: 'relative', HOME: '/home/a' }, '/home/a/.local/state/socket-protocol/history'],
    [{ HOME: '/home/a' }, '/home/a/.local/state/socket-protocol/history'],
    [{}, null],
  ])('of %j is in %s', (env, file) => {
    expect(historyFileOf(env)).toBe(file);
  });
});
