import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { listen, type Server, StatusError } from '../../../src/index.js';
import { pureJson, StpDecoder } from '../../../src/wire/index.js';
import { frameOf } from '../../support/bytes.js';
import { linesOf, Running, runCommand } from '../../support/command.js';
import { rawPeer } from '../../support/raw-peer.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';
const clock = new VirtualClock();
const world = { clock, now: () => clock.now() };

const servers: Server[] = [];
afterEach(async () => {
  for (const each of servers.splice(0)) await each.close();
});

/** Opens a server; returns its address. */
async function open(options: object = {}): Promise<string> {
  const server = await listen({ port: 0, ...options }, (session) => {
    session.onRead(0, () => 'noon');
    session.onRead(6, () => {
      throw new StatusError(6);
    });
    session.onRead(5, () => new Promise(() => {}));
  });
  servers.push(server);
  return `127.0.0.1:${server.port}`;
}

/** A peer that answers as `answer` says; it is told how many questions for its name there were, the exchange at the start being 1. */
function slowPeer(answer: (socket: Socket, count: number) => void) {
  return rawPeer((socket) => {
    let count = 0;
    const decoder = new StpDecoder({
      frame: (payload) => {
        if (pureJson.decode(payload).serviceId === 8) answer(socket, ++count);
      },
      dropped: () => {},
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
}

const NAME = frameOf(9, 0, 'theirs');

describe('ping', () => {
  test('asks for a sign of life at a steady pace, and sums up how long the answers took', async () => {
    const tooksMs = [0, 2, 1, 40, 7];
    await using peer = await slowPeer((socket, count) => {
      clock.advance(tooksMs[count - 1] ?? 0);
      socket.write(NAME);
    });
    const beganMs = clock.now();
    const running = new Running(['ping', peer.address, '-c', '4'], world);
    for (const number of [1, 2, 3, 4]) {
      await running.printed(new RegExp(`^${number}: `, 'm'));
      await clock.advanceAsync(beganMs + number * 1_000 - clock.now());
    }
    expect(await running.outcome()).toEqual({
      code: 0,
      out: `${peer.address}: asking for a sign of life (the heartbeat); connected in 0.000 ms
1: 2.00 ms
2: 1.00 ms
3: 40.0 ms
4: 7.00 ms
${peer.address}: 4 sent, 4 answered, 0 % lost
min 1.00 ms, avg 12.5 ms, max 40.0 ms, p99 40.0 ms
`,
      err: '',
    });
  });

  test('with --json each is a line, and the summary is one', async () => {
    await using peer = await slowPeer((socket) => {
      clock.advance(3);
      socket.write(NAME);
    });
    const { out } = await runCommand(['ping', peer.address, '-c', '1', '--json'], world);
    expect(linesOf(out)).toEqual([
      { event: 'connected', how: 'heartbeat', connectMs: 0 },
      { number: 1, ms: 3 },
      {
        event: 'summary',
        how: 'heartbeat',
        sent: 1,
        answered: 1,
        lost: 0,
        late: 0,
        minMs: 3,
        avgMs: 3,
        maxMs: 3,
        p99Ms: 3,
      },
    ]);
  });

  test('counts an answer as lost that takes longer than --timeout, and takes it for no other', async () => {
    let late: Socket | undefined;
    await using peer = await slowPeer((socket, count) => {
      if (count === 2) late = socket;
      else socket.write(NAME);
    });
    const running = new Running(['ping', peer.address, '-c', '2', '-i', '500', '--timeout', '300'], world);
    await running.printed(/life/);
    while (late === undefined) await new Promise(setImmediate);
    await clock.advanceAsync(300);
    await running.printed(/^1: No answer within 300 ms$/m);
    late.write(NAME);
    await new Promise(setImmediate);
    await clock.advanceAsync(200);
    await running.printed(/^2: /m);
    const { code, out } = await running.outcome();
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/: 2 sent, 1 answered, 50 % lost; 1 answer came late\nmin 0\.000 ms/),
    ]);
  });

  test('works before the peer trusts, and without an interest in its names', async () => {
    const address = await open({ secret: SECRET, channelName: 'theirs' });
    const { code, out } = await runCommand(['ping', address, '-c', '2', '-i', '1']);
    expect([code, out]).toEqual([0, expect.stringContaining('2 sent, 2 answered')]);
    expect(out).not.toContain('trusted');
    const env = { SOCKET_PROTOCOL_SECRET: SECRET };
    expect((await runCommand(['ping', address, '-c', '1'], { env })).out).toMatch(
      /, trusted after [\d.]+ ms\n/,
    );
  });

  test('with --data-id it READs, and a status is an answer', async () => {
    const address = await open();
    const { code, out } = await runCommand(['ping', address, '-c', '1', '--data-id', '6']);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/: READ 6; .*\n1: [\d.]+ ms \(status 6: operation not permitted\)\n/),
    ]);
  });

  test('ends with exit code 5 where nothing is answered', async () => {
    const address = await open();
    const argv = ['ping', address, '-c', '2', '-i', '1', '--data-id', '5', '--timeout', '50'];
    const { code, out } = await runCommand(argv);
    expect([code, out]).toEqual([5, expect.stringMatching(/: 2 sent, 0 answered, 100 % lost\n$/)]);
  });

  test('times connections where the peer does not answer the heartbeat', async () => {
    let connections = 0;
    await using peer = await rawPeer((socket) => {
      connections++;
      socket.resume();
    });
    const argv = ['ping', peer.address, '-c', '2', '-i', '1', '--timeout', '50'];
    const { code, out } = await runCommand(argv);
    // a system takes connections for a program that hangs: that is no answer of the peer
    expect([code, connections]).toEqual([5, 3]);
    expect(out).toMatch(
      /^no answer to the heartbeat within 50 ms; only opening connections is timed, .*; --data-id READs, and with --struct it asks in the other codec\n.*: opening connections; .*\n1: .*\n2: .*\n.*: 2 of 2 connections opened; the peer answered nothing\nmin /,
    );
    const json = await runCommand([...argv, '--json']);
    expect(linesOf(json.out).at(-1)).toMatchObject({
      how: 'connect',
      connections: 2,
      opened: 2,
      answered: 0,
    });
    expect(linesOf(json.err)).toEqual([
      { error: 'No answer to the heartbeat within 50 ms', code: 'ERR_TIMEOUT', reason: 'no-answer' },
    ]);
  });

  test('ends with exit code 3 where the peer hangs up again and again', async () => {
    await using peer = await rawPeer((socket) => socket.destroy());
    const { code, out } = await runCommand(['ping', peer.address, '-c', '1', '--timeout', '50']);
    expect([code, out]).toEqual([
      3,
      expect.stringMatching(/connections opened; the peer answered nothing\n/),
    ]);
  });

  test('says when the connection is lost, and goes on when it is back', async () => {
    let first: Socket | undefined;
    let connections = 0;
    await using peer = await slowPeer((socket, count) => {
      if (count === 1) connections++;
      if (connections === 1 && count === 2) {
        first = socket;
        return void socket.destroy();
      }
      socket.write(NAME);
    });
    const running = new Running(['ping', peer.address, '-c', '2'], world);
    await running.printed(/^1: Connection lost after this question/m);
    await clock.advanceAsync(100);
    await running.printed(/^connected again$/m);
    await clock.advanceAsync(900);
    const { code, out } = await running.outcome();
    expect([code, first?.destroyed]).toEqual([0, true]);
    expect(out).toMatch(/^2: [\d.]+ ms\n.*: 2 sent, 1 answered, 50 % lost\n/m);
  });

  test('Ctrl-C sums up; before the first answer it is exit code 130', async () => {
    const address = await open();
    const running = new Running(['ping', address]);
    await running.printed(/^1: /m);
    expect(await running.interrupt()).toBe(0);
    expect(running.out).toContain(', 0 % lost\n');
    const silent = new Running(['ping', address, '--data-id', '5']);
    await silent.printed(/READ 5/);
    expect(await silent.interrupt()).toBe(130);
  });

  test('fails as other commands do where nobody listens', async () => {
    const { code, out } = await runCommand(['ping', '127.0.0.1:1']);
    expect([code, out]).toEqual([3, '']);
  });
});
