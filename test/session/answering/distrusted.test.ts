import { describe, expect, test } from 'vitest';
import { SID_READ_REQUEST, STATUS_AUTH_REQUIRED } from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

describe('a request that waits for its turn', () => {
  test('is refused when its peer is not trusted any more, and its callback is not called', async () => {
    const pair = await Pair.connected({
      both: { secret: 'correct horse battery staple' },
      server: { maxRunningCallbacks: 1, maxUntrustedRunningCallbacks: 1 },
    });
    let release: (data: string) => void = () => {};
    let calls = 0;
    pair.server.onRead(1, () => new Promise<string>((resolve) => (release = resolve)));
    pair.server.onRead(2, () => ++calls);
    const statuses: unknown[] = [];
    pair.client.on('message', ({ serviceId, dataId, status }) => {
      if (serviceId === SID_READ_REQUEST + 1) statuses.push([dataId, status]);
    });
    watch(pair.client.read(1));
    const waiting = watch(pair.client.read(2));
    await pair.settle();
    expect([waiting.state, calls]).toEqual(['pending', 0]);
    pair.client.send(0, 0); // asks for a seed: the server trusts it no longer
    await pair.settle();
    expect(pair.server.isTrusted).toBe(false);
    release('late');
    await pair.settle();
    expect(statuses).toEqual([
      [1, 0],
      [2, STATUS_AUTH_REQUIRED],
    ]);
    expect([waiting.state, calls]).toEqual(['rejected', 0]);
    await pair.close();
  });
});
