import { describe, expect, test } from 'vitest';
import { linesOf, type Outcome } from '../../support/command.js';
import { silentPeer } from '../../support/raw-peer.js';
import { openShellServer, pipedShell, Typing } from '../../support/typing.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const { address } = await openShellServer();
const piped = (lines: string, ...options: string[]): Promise<Outcome> =>
  pipedShell(address, lines, { options });

describe('read of the shell with several data ids', () => {
  test('prints each with its name or its id, in the order of the line', async () => {
    const named = 'name data 10 1 first\n';
    expect(await piped(`${named}read first 1\n`)).toEqual({
      code: 0,
      out: 'first: "one"\nfirst: "one"\n',
      err: '',
    });
    expect((await piped('read 1 1\nread 1\n')).out).toBe('1: "one"\n1: "one"\n"one"\n');
    const { out } = await piped(`read 1 1\n${named}read 1 1\nread 1\n`, '--json');
    const [plain, , last, , one] = linesOf(out);
    expect([plain, last, one]).toEqual([
      { data_id: 1, data: 'one' },
      { name: 'first', data_id: 1, data: 'one' },
      { data: 'one' },
    ]);
  });

  test('tells each failure, prints the others, and then ends the script with the exit code of the first', async () => {
    const { code, out, err } = await piped('read 3 1 2\nread 1\n', '--timeout', '2000');
    expect([code, out]).toEqual([1, '1: "one"\n']);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^socket-protocol: Line 1: 3: .*1000/),
      expect.stringMatching(/^socket-protocol: Line 1: 2: .*2000 ms/),
      '',
    ]);
  });

  test('goes on with the next line with --keep-going, and names line and data with --json', async () => {
    const { code, out, err } = await piped('read 3 1\nread 1\n', '--keep-going', '--json');
    expect([code, linesOf(out)]).toEqual([1, [{ data_id: 1, data: 'one' }, { data: 'one' }]]);
    expect(linesOf(err)).toEqual([
      {
        line: 1,
        data_id: 3,
        error: expect.stringContaining('1000'),
        code: 'ERR_STATUS',
        reason: 'other-status',
      },
    ]);
  });

  test('asks for nothing where a word is no data id', async () => {
    const { code, out } = await piped('read 1 x 1\n');
    expect([code, out]).toEqual([2, '']);
  });

  test('says what may be behind a peer that says nothing at all, to a script and to a person', async () => {
    await using peer = await silentPeer();
    const why = 'no message came from the peer at all: it speaks the other codec (try with --struct), ';
    const env = { SOCKET_PROTOCOL_HISTORY: '' };

    const clock = new VirtualClock();
    const script = pipedShell(peer.address, 'read 71\n', { env, clock });
    await peer.isAsked(71);
    await clock.advanceAsync(5_000);
    const { code, err } = await script;
    expect([code, err]).toEqual([5, expect.stringContaining(` within 5000 ms; ${why}`)]);

    const typing = new Typing(peer.address, env, { clock });
    await typing.shows('> ');
    typing.type('read 72\r');
    await peer.isAsked(72);
    await clock.advanceAsync(5_000);
    await typing.shows('> ');
    expect((await typing.leave()).err).toContain(` within 5000 ms; ${why}`);
  });

  test('is given up by Ctrl-C at once, and said once', async () => {
    const typing = new Typing(address);
    await typing.shows('> ');
    typing.type('read 2 1 2\r');
    await typing.shows('\n');
    typing.type('\u0003');
    await typing.shows('> ');
    const { code, err } = await typing.leave();
    expect([code, err]).toEqual([0, 'Interrupted\n']);
  });
});
