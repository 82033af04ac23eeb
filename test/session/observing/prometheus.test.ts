/** The example for Prometheus, with a registry of its own. */

import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Observing, observe } from '../../../examples/prometheus.js';
import { connect, listen, type Server, type Session } from '../../../src/index.js';

let registry: Registry;
let observing: Observing;
let server: Server;
let client: Session;

beforeEach(async () => {
  registry = new Registry();
  observing = observe(registry);
  server = await listen({ port: 0, channelName: 'confidential name' }, (session) => {
    observing.watch(session);
    session.addData(10, 0, 'time').onRead(0, () => 'now');
    session.onRead(1, () => new Promise(() => {}));
  });
  client = await connect({ port: server.port });
  client.addData(10, 0, 'time');
});
afterEach(async () => {
  observing.stop();
  await client.close();
  await server.close();
});

/** The lines of a metric. */
async function linesOf(metric: string): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(metric));
}

describe('the example for Prometheus', () => {
  test('measures requests and handlers in seconds', async () => {
    await client.read(0);

    const labels = '{kind="read",method="time",outcome="okay"}';
    expect(await linesOf('socket_protocol_request_duration_seconds_count')).toEqual([
      `socket_protocol_request_duration_seconds_count${labels} 1`,
    ]);
    expect(await linesOf('socket_protocol_handle_duration_seconds_count')).toEqual([
      `socket_protocol_handle_duration_seconds_count${labels} 1`,
    ]);
  });

  test('says by their codes what failed', async () => {
    await expect(client.read(9)).rejects.toThrow();
    await expect(client.read(1, { signal: AbortSignal.abort() })).rejects.toThrow();

    expect(await linesOf('socket_protocol_request_duration_seconds_count')).toEqual([
      'socket_protocol_request_duration_seconds_count{kind="read",method="_OTHER",outcome="ERR_STATUS"} 1',
      'socket_protocol_request_duration_seconds_count{kind="read",method="_OTHER",outcome="AbortError"} 1',
    ]);
  });

  test('counts attempts to connect', async () => {
    const { port } = server;
    await client.close();
    await server.close();
    await expect(connect({ port })).rejects.toThrow();

    expect(await linesOf('socket_protocol_connects_total')).toEqual([
      'socket_protocol_connects_total{outcome="okay"} 1',
      'socket_protocol_connects_total{outcome="ERR_CONNECT"} 1',
    ]);
  });

  test('adds up sessions, and forgets nothing of one that is closed', async () => {
    observing.watch(client);
    await client.read(0);
    const before = await linesOf('socket_protocol_received_frames_total');
    expect(await linesOf('socket_protocol_sessions')).toEqual(['socket_protocol_sessions 2']);
    const { framesReceived } = client.stats();
    const [session] = server.sessions;
    expect(before).toEqual([
      `socket_protocol_received_frames_total ${framesReceived + (session?.stats().framesReceived ?? 0)}`,
    ]);

    await client.close();
    await server.close();

    expect(await linesOf('socket_protocol_received_frames_total')).toEqual(before);
    expect(await linesOf('socket_protocol_sessions')).toEqual(['socket_protocol_sessions 0']);
  });

  test('counts drops by their reason', async () => {
    observing.watch(client);
    client.commInstance.send(Buffer.from('nonsense'));
    await client.read(0);

    expect(await linesOf('socket_protocol_dropped_total')).toEqual([
      expect.stringMatching(/^socket_protocol_dropped_total\{reason="[a-z-]+"\} 1$/),
    ]);
  });

  test('has the endings that Prometheus asks for, and nothing that a peer has said', async () => {
    await client.read(0);
    const text = await registry.metrics();

    for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      expect(name).toMatch(
        type === 'counter' ? /_total$/ : type === 'histogram' ? /_seconds$/ : /(?<!_total)$/,
      );
    }
    expect(text).not.toContain('confidential');
    expect(text).not.toContain('127.0.0.1');
  });
});
