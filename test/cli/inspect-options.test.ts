import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { listen } from '../../src/index.js';
import { Running, runCommand, startListening } from '../support/command.js';
import { pullUntil } from '../support/feed.js';

const PAGE = /debugger at (http:\/\/127\.0\.0\.1:\d+\/)/;

describe.each(['proxy', 'share'])('%s', (command) => {
  /** A device that answers READ 7. */
  const startDevice = () => listen({ port: 0 }, (session) => session.onRead(7, () => 7));

  test('opens the debugger on the port that follows --inspect', async () => {
    await using device = await startDevice();
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as { port: number };
    const { code, err } = await runCommand([
      command,
      '0',
      `127.0.0.1:${device.port}`,
      '--inspect',
      String(port),
    ]);
    taken.close();
    expect([code, err]).toEqual([3, expect.stringContaining(`127.0.0.1:${port}`)]);
  });

  test('shows itself on the page of another with --join', async () => {
    await using device = await startDevice();
    const other = new Running(['proxy', '0', '127.0.0.1:1', '--inspect=0']);
    const url = await other.printed(PAGE);
    const { running, address } = await startListening([
      command,
      '0',
      `127.0.0.1:${device.port}`,
      '--join',
      url,
    ]);
    expect((await runCommand(['read', address, '7'])).out).toBe('7\n');
    await pullUntil(url, (entries) =>
      entries.some(({ group }) => group?.startsWith(`${command}: `) === true),
    );
    expect([await running.interrupt(), await other.interrupt()]).toEqual([0, 0]);
  });

  test.each([
    [
      ['--inspect', '17018', '127.0.0.1:1'],
      "Missing required argument 'address'; --inspect took 17018 as the port of its page: write --inspect after all arguments",
    ],
    [
      ['17018', '--inspect', 'device:1'],
      'Expected a port from 0 to 65535, got "device:1" for --inspect; without a port, write --inspect after all arguments',
    ],
    [['--inspect', '--unix', '/x.sock'], "Missing required argument 'address'"],
    [['0', 'device:1', '--allow-send'], "Unknown option '--allow-send'"],
  ])('says what is wrong with %j', async (argv, text) => {
    const { code, out, err } = await runCommand([command, ...argv]);
    expect([code, out, err.slice(0, -1)]).toEqual([2, '', expect.stringContaining(text)]);
  });
});
