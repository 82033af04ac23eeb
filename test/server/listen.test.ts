import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { connect, listen } from '../../src/index.js';

describe('listen', () => {
  test('gives each of many clients a session, and forgets it when it is over', async () => {
    await using server = await listen({ port: 0 }, (session) => session.onExecute(0, (data) => data));
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect({ port: server.port })));
    const answers = await Promise.all(clients.map((client, i) => client.execute(0, i)));
    expect(answers).toEqual(clients.map((_, i) => i));
    expect(server.sessions.size).toBe(50);

    const gone = [...server.sessions].map((session) => once(session, 'closed'));
    await Promise.all([...clients.map((client) => client.close()), ...gone]);
    expect(server.sessions.size).toBe(0);
  });

  test('turns away more connections than it may have, and counts them', async () => {
    await using server = await listen({ port: 0, maxConnections: 1 }, () => {});
    await using _first = await connect({ port: server.port });
    const socket = connectSocket(server.port, '127.0.0.1');
    await once(socket, 'close');
    expect(server.counters.refusedByLimit).toBe(1);
  });

  test('survives a session whose set-up throws', async () => {
    const warnings: string[] = [];
    process.once('warning', ({ message }) => warnings.push(message));
    let isBroken = true;
    await using server = await listen({ port: 0 }, (session) => {
      if (isBroken) throw new Error('not today');
      session.onRead(0, () => 'fine');
    });
    const socket = connectSocket(server.port, '127.0.0.1');
    await once(socket, 'close');
    isBroken = false;
    await using client = await connect({ port: server.port });
    expect(await client.read(0)).toBe('fine');
    expect(warnings[0]).toContain('not today');
  });

  test.each([
    [{ port: 0, secret: '' }, 'secret'],
    [{ port: 0, requestTimeout: -1 }, 'requestTimeout'],
    [{ port: -1 }, 'port'],
    [{ port: 0, maxConnections: 0 }, 'maxConnections'],
    [{ port: 0, logger: {} as Console }, 'logger'],
    [{ port: 0, channelName: 7 as unknown as string }, 'channelName'],
  ])('refuses the options %j and names %s', async (options, name) => {
    await expect(listen(options, () => {})).rejects.toMatchObject({ code: 'ERR_OPTION', option: name });
  });
});
