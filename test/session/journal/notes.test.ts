import { describe, expect, test } from 'vitest';
import type { Observe, ObservedNote } from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

const SECRET = 'correct horse battery staple';

/** The notes of a session: `level code reason`. */
function notesInto(notes: string[]): Observe {
  return (observation) => {
    if (observation.type !== 'note') return;
    const { level, code, reason }: ObservedNote = observation;
    notes.push([level, code, reason ?? ''].join(' ').trim());
  };
}

describe('the notes of a session', () => {
  test('tell of connections, of trust, and of how both end', async () => {
    const [atClient, atServer]: string[][] = [[], []];
    const pair = await Pair.connected({
      both: { secret: SECRET },
      client: { observe: notesInto(atClient as string[]) },
      server: { observe: notesInto(atServer as string[]) },
    });
    expect(atClient).toEqual(['info connected', 'info trusted']);
    expect(atServer).toEqual(['info connected', 'info trusted']);
    pair.serverComm.refusesConnections = true;
    pair.clientComm.cut();
    await pair.clock.advanceAsync(100);
    expect(atClient?.slice(2, 4)).toEqual([
      'info disconnected network-error',
      'warning connect-failed connection-refused',
    ]);
    await pair.close();
  });

  test('tell why an authentication failed, or could not begin', async () => {
    const notes: string[] = [];
    const pair = await Pair.connected({
      client: { secret: 'another secret than that of the peer', observe: notesInto(notes), autoAuth: false },
      server: { secret: SECRET },
    });
    const isTrusted = watch(pair.client.authenticate());
    await pair.clock.advanceAsync(100);
    expect([isTrusted.value, notes.slice(1)]).toEqual([
      false,
      ['warning authentication-failed wrong-secret'],
    ]);
    notes.length = 0;
    await pair.close();
    const second = watch(pair.client.authenticate());
    await pair.settle();
    expect([second.value, notes.includes('warning authentication-impossible')]).toEqual([false, true]);
  });

  test('tell of a callback that threw, and of a message that could not be sent', async () => {
    const notes: string[] = [];
    const pair = await Pair.connected({ server: { observe: notesInto(notes) } });
    pair.server.onRead(0, () => {
      throw new Error('not today');
    });
    watch(pair.client.read(0));
    await pair.settle();
    expect(notes.slice(1)).toEqual(['error callback-failed']);
    pair.clientComm.refusesConnections = pair.serverComm.refusesConnections = true;
    pair.clientComm.cut();
    await pair.settle();
    const sent = watch(pair.server.send(30, 0, null, 0, 10));
    await pair.clock.advanceAsync(10_000);
    expect(sent.value).toBe(false);
    expect(notes.at(-1)).toMatch(/^warning message-not-sent /);
    await pair.close();
  });

  test('tell of a connection that this side breaks, and why', async () => {
    const notes: string[] = [];
    const pair = await Pair.connected({
      client: { observe: notesInto(notes) },
    });
    pair.client.reconnect();
    await pair.settle();
    expect(notes.slice(1)).toEqual([
      'info breaking-connection reconnect-requested',
      'info disconnected reconnect-requested',
      'info connected',
    ]);
    await pair.close();
  });

  test('tell of a name that replaces another', async () => {
    const notes: string[] = [];
    const pair = await Pair.connected({
      client: { channelName: 'garden' },
      server: { channelName: 'cellar', observe: notesInto(notes) },
    });
    await pair.settle();
    expect(notes.filter((note) => note.includes('name'))).toEqual(['warning name-overwritten']);
    await pair.close();
  });
});
