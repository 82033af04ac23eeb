import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMemoryPair, Session } from '../../src/index.js';
import { type SessionInternals, withInternals } from '../../src/session/internals.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = 'a secret of sixteen bytes';

/** A client and a server that has books. */
function pairWith(internals: SessionInternals) {
  const clock = new VirtualClock();
  const ends = createMemoryPair({ clock });
  const server = new Session(ends.server, withInternals({ clock, secret: SECRET }, internals));
  const client = new Session(ends.client, { clock, secret: SECRET, autoAuth: true });
  return { clock, server, client };
}

describe('the watcher of a session', () => {
  afterEach(() => vi.restoreAllMocks());

  test('FC-42: hears what happens though all listeners are removed, before listeners do', async () => {
    const heard: string[] = [];
    const watcher = { announced: ({ type }: { type: string }) => void heard.push(type) };
    const { clock, server, client } = pairWith({ watcher });
    server.removeAllListeners();
    server.on('trusted', () => heard.push('listener'));
    await clock.advanceAsync(0);
    expect(heard).toEqual(['connected', 'trusted', 'listener']);
    await Promise.all([client.close(), server.close()]);
    await clock.advanceAsync(0);
    expect(heard).toContain('closed');
  });

  test('FC-42: may throw, which harms nobody and is not silent', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const watcher = {
      announced: () => {
        throw new Error('the books burn');
      },
    };
    const { clock, server, client } = pairWith({ watcher });
    server.onRead(0, () => 'fine');
    await clock.advanceAsync(0);
    const read = client.read(0);
    await clock.advanceAsync(0);
    expect(await read).toBe('fine');
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining('the books burn'),
      expect.objectContaining({ type: 'SocketProtocolWarning', code: 'SP_INTERNAL' }),
    );
    await Promise.all([client.close(), server.close()]);
  });
});
