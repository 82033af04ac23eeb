/** Errors lead to the line that asked, and what was asked does not keep a program alive. */

import { afterEach, describe, expect, test } from 'vitest';
import { frameOf } from '../support/bytes.js';
import { killAll, type Line, Program } from './support/program.js';
import { onMessage, RawServer } from './support/raw.js';

afterEach(killAll);

describe('the stack of a rejection', () => {
  test('leads to the line of the program that asked, whatever failed, awaited or not', async () => {
    const program = new Program('failures.mjs');
    const { awaited, unawaited } = await program.next('all');
    await program.ended();
    const failed = program.all('failed');
    expect(failed.map(({ name }) => name)).toEqual([...(awaited as string[]), ...(unawaited as string[])]);
    const lost = failed.filter(
      ({ name, lines }) => !(lines as string[]).some((line) => line.match(/(\w+) \(/)?.[1] === name),
    );
    expect(lost).toEqual([]);
  });

  test('is that of an error that names the request and the peer', async () => {
    const program = new Program('failures.mjs');
    await program.next('all');
    const named = (name: string): Line => program.all('failed', { how: 'awaited', name })[0] as Line;
    for (const name of ['timeOut', 'refusal', 'tooMany', 'lost', 'closedMeanwhile', 'closedBefore']) {
      const { port, error, serviceId, dataId, peerAddress } = named(name);
      expect({ name, serviceId, peerAddress }).toEqual({
        name,
        serviceId: 10,
        peerAddress: `127.0.0.1:${port}`,
      });
      expect((error as { message: string }).message).toContain(`data_id ${dataId} of 127.0.0.1:${port}`);
    }
    expect(named('refusal')['error']).toMatchObject({ status: 6, reason: 'operation-not-permitted' });
  });
});

describe('FC-20 a program with reconnect: false whose link is gone ends at once', () => {
  /** Whatever kept it would do so for half a minute at least: `lateAnswerGrace`, `callbackTimeout`, its own time-outs. */
  const AT_ONCE_MS = 10_000;

  async function expectToEnd(client: Program): Promise<void> {
    await client.ended();
    const { atMs: lostMs } = await client.next('lost');
    const { atMs: endsMs } = await client.next('ends');
    expect(endsMs - lostMs).toBeLessThan(AT_ONCE_MS);
    expect(client.exitCode).toBe(0);
  }

  test.each([
    'answered',
    'many answered',
    'sent',
    'received',
    'timed out',
    'cancelled',
    'still waiting for a message',
    'made after the loss',
  ])('when its requests were %s', async (what) => {
    const server = new Program('ends-server.mjs');
    const { port } = await server.next('listening');
    await expectToEnd(new Program('ends.mjs', { args: [String(port), what] }));
  });

  test('when its requests were asked by the peer, whose machine fails', async () => {
    await using peer = await RawServer.listen((socket) =>
      onMessage(socket, ({ serviceId, dataId }) => {
        if (serviceId === 8) socket.write(frameOf(9, dataId, null));
        if (serviceId === 30) socket.write(Buffer.concat([frameOf(10, 3), frameOf(31, dataId, null)]));
        if (serviceId === 20) peer.cut();
      }),
    );
    const client = new Program('ends.mjs', { args: [String(peer.port), 'asked by the peer'] });
    await expectToEnd(client);
    expect(client.err).toBe('');
  });

  test('when its requests were asked by the peer, whose process ends: once the callback has had its time', async () => {
    // a peer that ends looks like one that half-closes and waits for its answer
    const server = new Program('ends-server.mjs');
    const { port } = await server.next('listening');
    const options = JSON.stringify({ callbackTimeout: 300 });
    const client = new Program('ends.mjs', { args: [String(port), 'asked by the peer', options] });
    await expectToEnd(client);
    expect(client.err).toContain('the callback did not answer within 300 ms');
  });
});
