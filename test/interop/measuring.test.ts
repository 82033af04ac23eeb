/** The commands that measure and watch, against a Python peer: they find out what they say, and leave it as it was. */

import { describe, expect, test } from 'vitest';
import { linesOf, runCommand } from '../support/command.js';
import { PythonPeer } from '../support/python-peer.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';

describe('a Python peer', { timeout: 20_000 }, () => {
  test.each([
    ['that asks for a secret', ['--secret', SECRET, '--channel', 'theirs'], []],
    ['that speaks struct_json', ['--struct'], ['--struct']],
    ['without a name', [], []],
  ] as const)('%s answers ping by its heartbeat, and nothing changes there', async (_, args, options) => {
    await using peer = await PythonPeer.server(...args);
    const argv = ['ping', `127.0.0.1:${peer.port}`, '-c', '3', '-i', '1', '--json', ...options];
    const { code, out, err } = await runCommand(argv);
    expect([code, err]).toEqual([0, '']);
    expect(linesOf(out).at(-1)).toMatchObject({ how: 'heartbeat', sent: 3, answered: 3, lost: 0 });
    // it heard the exchange of names and three questions, each without a name, and nothing else
    const heard = peer.events.filter(({ event }) => event === 'message');
    expect(heard.map(({ service_id, data_id, data }) => [service_id, data_id, data])).toEqual(
      Array.from({ length: 4 }, () => [8, 0, null]),
    );
  });

  test('is measured by bench, watched, and read together', async () => {
    await using peer = await PythonPeer.server();
    const address = `127.0.0.1:${peer.port}`;
    await peer.command('set_data', { data_id: 0, data: { on: true } });
    const bench = await runCommand(['bench', address, '--count', '20', '--in-flight', '4', '--json']);
    expect(linesOf(bench.out)[0]).toMatchObject({ answers: 20, errors: [] });
    const watch = await runCommand(['watch', address, '0', '--count', '2', '--interval', '1']);
    expect(watch).toMatchObject({ code: 0, out: expect.stringMatching(/^\S+ 0 = \{"on":true\}\n$/) });
    const read = await runCommand(['read', address, '0', '0', '99']);
    expect([read.code, read.out]).toEqual([1, '0: {"on":true}\n0: {"on":true}\n']);
  });
});
