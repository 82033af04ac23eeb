import { describe, expect, test } from 'vitest';
import {
  type ConnectError,
  createMemoryPair,
  type MemoryComm,
  type MemoryPairOptions,
} from '../../src/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** What an end of a pair has heard, in one line each. */
function heardBy(comm: MemoryComm): string[] {
  const heard: string[] = [];
  comm.registerCallback((payload) => heard.push(`data ${payload}`));
  comm.registerConnectCallback(() => heard.push('connected'));
  comm.registerDisconnectCallback((reason) => heard.push(`disconnected ${reason}`));
  comm.registerFailureCallback((error) => heard.push(`failed ${(error as ConnectError).reason}`));
  comm.registerDropCallback(({ reason, byteLength }) => heard.push(`dropped ${reason} ${byteLength}`));
  comm.registerDrainCallback(() => heard.push('drained'));
  return heard;
}

function pairWith(options: MemoryPairOptions = {}) {
  const clock = new VirtualClock();
  const { client, server } = createMemoryPair({ clock, ...options });
  return { clock, client, server, atClient: heardBy(client), atServer: heardBy(server) };
}

/** A pair that is connected; nothing of that is among what was heard. */
function linked(options: MemoryPairOptions = {}) {
  const pair = pairWith(options);
  pair.client.reconnect();
  pair.clock.advance(options.latency ?? 0);
  pair.atClient.length = pair.atServer.length = 0;
  return pair;
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('a memory pair', () => {
  test('is connected by its client, after the latency', () => {
    const { clock, client, server, atClient, atServer } = pairWith({ latency: 10 });
    server.reconnect();
    clock.advance(100);
    expect(server.isConnected()).toBe(false);
    client.reconnect();
    clock.advance(9);
    expect([client.isConnected(), server.isConnected()]).toEqual([false, false]);
    clock.advance(1);
    expect([client.isConnected(), server.isConnected(), atClient, atServer]).toEqual([
      true,
      true,
      ['connected'],
      ['connected'],
    ]);
  });

  test('has one end that opens links, with the pauses that were asked for', () => {
    const { client, server } = pairWith({ reconnectDelay: 7, connectTimeout: 11 });
    expect([client.isClient, server.isClient, server.supervise]).toEqual([true, false, undefined]);
    const policy = client.supervise?.();
    expect(policy).toMatchObject({
      reopens: true,
      maxAttempts: Number.POSITIVE_INFINITY,
      connectTimeoutMs: 11,
    });
    expect(policy?.delayMs(1)).toBe(7);
  });

  test('carries frames both ways, each after the latency', () => {
    const { clock, client, server, atClient, atServer } = linked({ latency: 10 });
    expect([client.send(bytes('question')), server.send(bytes('answer'))]).toEqual([true, true]);
    clock.advance(9);
    expect([atClient, atServer]).toEqual([[], []]);
    clock.advance(1);
    expect([atClient, atServer]).toEqual([['data answer'], ['data question']]);
  });

  test('takes nothing while it is not connected', () => {
    const { clock, client, server, atServer } = pairWith();
    expect([client.send(bytes('a')), server.send(bytes('b'))]).toEqual([false, false]);
    clock.advance(0);
    expect(atServer).toEqual([]);
  });

  test('tells one end its own reason, and the other that its peer has closed, after the latency', () => {
    const { clock, client, server, atClient, atServer } = linked({ latency: 10 });
    client.disconnect('frame-timeout');
    expect([atClient, atServer]).toEqual([['disconnected frame-timeout'], []]);
    expect([client.isConnected(), server.isConnected()]).toEqual([false, true]);
    clock.advance(10);
    expect([atServer, server.isConnected()]).toEqual([['disconnected peer-closed'], false]);
  });

  test('closes for the reason that its session has', () => {
    const { client, server, clock, atClient, atServer } = linked();
    server.close();
    clock.advance(0);
    expect([atClient, atServer]).toEqual([['disconnected peer-closed'], ['disconnected session-closed']]);
    expect(client.isConnected()).toBe(false);
  });

  test('that is cut breaks at both ends at once, and is cut once', () => {
    const { client, server, clock, atClient, atServer } = linked({ latency: 10 });
    server.send(bytes('on its way'));
    client.cut();
    server.cut();
    clock.advance(100);
    expect([atClient, atServer]).toEqual([['disconnected network-error'], ['disconnected network-error']]);
  });

  test('is broken and made again by an order to connect', () => {
    const { client, server, clock, atClient, atServer } = linked();
    client.reconnect();
    clock.advance(0);
    expect(atClient).toEqual(['disconnected reconnect-requested', 'connected']);
    expect(atServer).toEqual(['disconnected peer-closed', 'connected']);
    server.reconnect();
    clock.advance(0);
    expect(atServer.slice(2)).toEqual(['disconnected reconnect-requested']);
    expect([client.isConnected(), server.isConnected()]).toEqual([false, false]);
  });

  test('is refused where the other end says so, or is connected already', () => {
    const { client, server, clock, atClient } = pairWith();
    server.refusesConnections = true;
    client.reconnect();
    clock.advance(0);
    expect([atClient, client.isConnected()]).toEqual([['failed connection-refused'], false]);
    server.refusesConnections = false;
    client.reconnect();
    clock.advance(0);
    expect(client.isConnected()).toBe(true);
  });

  test('opens nothing after an attempt that was broken', () => {
    const { client, server, clock, atClient, atServer } = pairWith({ latency: 10 });
    client.reconnect();
    clock.advance(5);
    client.disconnect('connect-timeout');
    clock.advance(100);
    expect([atClient, atServer, client.isConnected(), server.isConnected()]).toEqual([[], [], false, false]);
  });

  test('opens one link for two attempts', () => {
    const { client, clock, atClient, atServer } = pairWith({ latency: 10 });
    client.reconnect();
    clock.advance(5);
    client.reconnect();
    clock.advance(100);
    expect([atClient, atServer]).toEqual([['connected'], ['connected']]);
  });

  test('never delivers on a link what was sent on the one before', () => {
    const { client, server, clock, atServer } = linked({ latency: 10 });
    client.send(bytes('old'));
    client.cut();
    client.reconnect();
    clock.advance(10);
    client.send(bytes('new'));
    clock.advance(10);
    expect(server.isConnected()).toBe(true);
    expect(atServer).toEqual(['disconnected network-error', 'connected', 'data new']);
  });

  test('forgets an unfinished frame with its link', () => {
    const { client, clock, atServer } = linked();
    client.sendRaw(bytes(':<unfini'));
    clock.advance(0);
    client.cut();
    client.reconnect();
    clock.advance(0);
    client.sendRaw(bytes('shed:>'));
    client.send(bytes('whole'));
    clock.advance(0);
    expect(atServer).toEqual([
      'dropped unfinished 6',
      'disconnected network-error',
      'connected',
      'dropped noise 6',
      'data whole',
    ]);
  });

  test('drops frames that are longer than the limit', () => {
    const { client, server, clock, atServer } = linked();
    server.limit({ maxFrameLength: 4 } as Parameters<MemoryComm['limit']>[0]);
    client.send(bytes('four'));
    client.send(bytes('fives'));
    clock.advance(0);
    expect(atServer.slice(0, 2)).toEqual(['data four', 'dropped too-long 5']);
  });

  test('holds bytes back while it is stalled, counts them, and delivers them in order', () => {
    const { client, clock, atClient, atServer } = linked();
    expect(client.bufferedBytes).toBe(0);
    client.isStalled = true;
    client.send(bytes('ab'));
    client.send(bytes('cd'));
    clock.advance(1_000);
    expect([client.bufferedBytes, atServer]).toEqual([12, []]);
    client.unstall();
    expect(client.bufferedBytes).toBe(0);
    client.send(bytes('ef'));
    clock.advance(0);
    expect(atServer).toEqual(['data ab', 'data cd', 'data ef']);
    expect(atClient).toEqual(['drained']);
  });

  test('forgets what it held back with the link', () => {
    const { client, clock, atServer } = linked();
    client.isStalled = true;
    client.send(bytes('ab'));
    client.cut();
    expect(client.bufferedBytes).toBe(0);
    client.reconnect();
    clock.advance(0);
    client.unstall();
    clock.advance(0);
    expect(atServer).toEqual(['disconnected network-error', 'connected']);
  });

  test('reads nothing while it is paused, and all of it in order when it is not', () => {
    const { client, server, clock, atServer } = linked();
    server.pause();
    client.send(bytes('a'));
    client.send(bytes('b'));
    clock.advance(0);
    expect(atServer).toEqual([]);
    server.resume();
    client.send(bytes('c'));
    clock.advance(0);
    expect(atServer).toEqual(['data a', 'data b', 'data c']);
  });

  test('reads again on the next link, and nothing of the last', () => {
    const { client, server, clock, atServer } = linked();
    server.pause();
    client.send(bytes('a'));
    clock.advance(0);
    client.cut();
    client.reconnect();
    clock.advance(0);
    client.send(bytes('b'));
    clock.advance(0);
    server.resume();
    expect(atServer).toEqual(['disconnected network-error', 'connected', 'data b']);
  });

  test('has a name for its channel, and an address that is none', () => {
    const { client } = pairWith();
    expect([client.channelName, client.peerAddress]).toEqual([null, 'memory']);
    client.initChannelName('garden');
    expect(client.channelName).toBe('garden');
  });
});

describe('the end of a memory pair', () => {
  test('comes after what is on its way', async () => {
    const { client, clock, atClient, atServer } = linked({ latency: 5 });
    client.send(bytes('a'));
    expect(await client.close()).toEqual({ lostBytes: 0 });
    expect(atClient).toEqual(['disconnected session-closed']);
    clock.advance(5);
    expect([atServer, clock.pending]).toEqual([['data a', 'disconnected peer-closed'], 0]);
  });

  test('loses what is held back, and says how much', async () => {
    const { client, clock, atServer } = linked();
    client.isStalled = true;
    client.send(bytes('abc'));
    expect(await client.close()).toEqual({ lostBytes: 7 });
    client.unstall();
    clock.advance(0);
    expect([atServer, clock.pending]).toEqual([['disconnected peer-closed'], 0]);
  });

  test('that only one end has reached leaves the other to answer, where it cares', () => {
    const { client, server, clock, atClient, atServer } = linked();
    server.registerEndCallback(() => atServer.push('ended'));
    client.send(bytes('a'));
    client.endStream();
    clock.advance(0);
    server.send(bytes('b'));
    server.disconnect('peer-closed');
    clock.advance(0);
    expect(atServer).toEqual(['data a', 'ended', 'disconnected peer-closed']);
    expect(atClient).toEqual(['data b', 'disconnected peer-closed']);
  });

  test('that only one end has reached ends the link where nobody cares', () => {
    const { client, server, clock, atServer } = linked();
    client.endStream();
    clock.advance(0);
    expect([atServer, server.isConnected()]).toEqual([['disconnected peer-closed'], false]);
    clock.advance(0);
    expect(client.isConnected()).toBe(false);
  });

  test('that only one end has reached is reported after what was not read yet', () => {
    const { client, server, clock, atServer } = linked();
    server.registerEndCallback(() => atServer.push('ended'));
    server.pause();
    client.send(bytes('a'));
    client.endStream();
    clock.advance(0);
    expect(atServer).toEqual([]);
    server.resume();
    expect(atServer).toEqual(['data a', 'ended']);
  });
});

describe('bytes on their way through a pair', () => {
  test('arrive in order, also where a timer that is late fires after a later one', () => {
    const timers: (() => void)[] = [];
    const clock = {
      now: () => 0,
      setTimeout: (fire: () => void) => timers.push(fire),
      clearTimeout: () => {},
    };
    const { client, server } = createMemoryPair({ clock });
    const atServer = heardBy(server);
    client.reconnect();
    timers.shift()?.();
    for (const text of ['a', 'b', 'c']) client.send(Buffer.from(text));
    client.disconnect('session-closed');
    while (timers.length > 0) timers.pop()?.();
    expect(atServer).toEqual(['connected', 'data a', 'data b', 'data c', 'disconnected peer-closed']);
  });
});
