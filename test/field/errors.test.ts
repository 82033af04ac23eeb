/** Errors lead to the line that asked, and what was asked does not keep a program alive. */

import { afterEach, describe, expect, test } from 'vitest';
import { killAll, type Line, Program } from './support/program.js';

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
  test.each([
    'answered',
    'many answered',
    'sent',
    'received',
    'timed out',
    'cancelled',
    'still waiting for a message',
    'made after the loss',
    'asked by the peer',
  ])('when its requests were %s', async (what) => {
    const server = new Program('ends-server.mjs');
    const { port } = await server.next('listening');
    const client = new Program('ends.mjs', { args: [String(port), what] });
    const { timers } = await client.next('lost');
    // whatever kept it would do so for a minute
    expect(timers).toEqual([]);
    await client.ended();
    expect(client.exitCode).toBe(0);
  });
});
