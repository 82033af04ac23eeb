/** Where peers that connect come in: each connection reaches who waits for it, or waits itself. */

import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { WaitingRoom } from '../../../src/cli/certify/door.js';
import type { LinkHandlers } from '../../../src/cli/certify/link.js';
import { turns } from '../../support/fake-socket.js';

/** What happens to a link. */
function watched(): LinkHandlers & { readonly events: string[] } {
  const events: string[] = [];
  return {
    events,
    opened: () => events.push('opened'),
    bytes: (chunk) => events.push(chunk.toString()),
    ended: () => events.push('ended'),
    closed: (error) => events.push(error === null ? 'closed' : error.message),
  };
}

describe('a waiting room', () => {
  test('brings a peer to who waits for it, with what it sends until it is gone', async () => {
    const room = new WaitingRoom();
    const handlers = watched();
    room.open(handlers);
    const peer = new PassThrough();
    room.enter(peer);
    peer.end('hello');
    await turns();
    expect(handlers.events).toEqual(['opened', 'hello', 'ended', 'closed']);
  });

  test('keeps a peer that comes first, and opens it once the link is known', async () => {
    const room = new WaitingRoom();
    const peer = new PassThrough();
    room.enter(peer);
    peer.write('hello');
    await turns();
    const handlers = watched();
    const link = room.open(handlers);
    expect(handlers.events).toEqual([]);
    await turns();
    expect(handlers.events).toEqual(['opened', 'hello']);
    link.destroy();
    expect(peer.destroyed).toBe(true);
  });

  test('keeps the newest of several, and drops the others', async () => {
    const room = new WaitingRoom();
    const [old, young] = [new PassThrough(), new PassThrough()];
    room.enter(old);
    room.enter(young);
    expect([old.destroyed, young.destroyed]).toEqual([true, false]);
    const handlers = watched();
    room.open(handlers);
    young.write('young');
    await turns();
    expect(handlers.events).toEqual(['opened', 'young']);
  });

  test('does not give a peer to who has given up waiting, nor one that is gone', async () => {
    const room = new WaitingRoom();
    room.open(watched()).destroy();
    const [gone, peer] = [new PassThrough(), new PassThrough()];
    room.enter(gone);
    gone.destroy();
    const handlers = watched();
    room.open(handlers);
    room.enter(peer);
    await turns();
    expect(handlers.events).toEqual(['opened']);
    peer.destroy(new Error('reset'));
    await turns();
    expect(handlers.events).toEqual(['opened', 'reset']);
  });

  test('lets nobody in once it is closed, and sends away who waits', () => {
    const room = new WaitingRoom();
    const [waiting, late] = [new PassThrough(), new PassThrough()];
    room.enter(waiting);
    room.close();
    room.enter(late);
    expect([waiting.destroyed, late.destroyed]).toEqual([true, true]);
  });
});
