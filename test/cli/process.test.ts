import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { listen, type Server } from '../../src/index.js';
import { CompiledCommand } from '../support/compiled-command.js';
import { TestFolder } from '../support/folder.js';
import { rawPeer } from '../support/raw-peer.js';
import { RECORDING_HEADER, recordedRead } from '../support/recording.js';

// processes start slowly when many tests run at once
vi.setConfig({ testTimeout: 30_000 });

const folder = new TestFolder();
const short = folder.file('short.jsonl', RECORDING_HEADER + recordedRead(1, 'one'));
const recording = folder.file('device.jsonl', RECORDING_HEADER + recordedRead(1, 'one').repeat(2_000));
let command: CompiledCommand;
let server: Server;
/** Sends messages to its client without end. */
let talkative: Server;
let address: string;

beforeAll(async () => {
  command = new CompiledCommand();
  server = await listen({ port: 0 }, (session) => {
    session.onRead(1, () => 'one');
    let count = 0;
    session.onRead(2, () => ++count);
  });
  talkative = await listen({ port: 0 }, async (session) => {
    while (await session.send(10, 5, 'ping')) await new Promise(setImmediate);
  });
  address = `127.0.0.1:${server.port}`;
}, 60_000);

afterAll(async () => {
  for (const each of [server, talkative]) await each.close();
  command.remove();
});

describe('a pipe that is closed early', () => {
  test.each([
    ['read', 'read ADDRESS 1'],
    ['request', 'request ADDRESS 10 1 --repeat 100000000'],
    ['request with pauses', 'request ADDRESS 10 1 --repeat 100000000 --interval 1'],
    ['shell', 'shell ADDRESS < <(while echo read 1; do :; done)'],
    ['monitor', 'monitor TALKATIVE'],
    ['monitor as JSON', 'monitor TALKATIVE --json'],
    ['ping', 'ping ADDRESS -i 1'],
    ['watch', 'watch ADDRESS 1 2 1 2 --interval 1'],
    ['decode', 'decode RECORDING'],
    ['replay as client', 'replay RECORDING --as client --to ADDRESS --speed 0'],
    ['completion', 'completion bash'],
    ['demo', 'demo'],
    ['help', '--help'],
  ])('ends %s with exit code 0 and without a message', async (_, line) => {
    const words = line
      .replace('ADDRESS', address)
      .replace('TALKATIVE', `127.0.0.1:${talkative.port}`)
      .replace('RECORDING', recording);
    const process = command.bash(`$CLI ${words} | head -1 > /dev/null; echo "\${PIPESTATUS[0]}"`);
    expect(await process.outcome()).toEqual({ code: 0, out: '0\n', err: '' });
  });
});

/** A peer that never answers, and sees how its connection ends. */
async function silentPeer(): Promise<
  AsyncDisposable & { address: string; asked: Promise<void>; end: Promise<string> }
> {
  let ask = (): void => {};
  let end = (_: string): void => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const ended = new Promise<string>((resolve) => (end = resolve));
  const peer = await rawPeer((socket) => {
    socket.once('data', () => ask());
    socket.once('end', () => end('a clean end'));
    socket.once('error', (error) => end(error.message));
  });
  return { ...peer, asked, end: ended };
}

/** A client that never sends anything, and sees how its connection ends. */
function silentClient(port: number): { connected: Promise<void>; end: Promise<string> } {
  const socket = connectSocket({ host: '127.0.0.1', port });
  return {
    connected: new Promise((resolve) => socket.once('connect', () => resolve())),
    end: new Promise((resolve) => {
      socket.resume();
      socket.once('end', () => resolve('a clean end'));
      socket.once('error', (error) => resolve(error.message));
    }),
  };
}

const SECRET = { SOCKET_PROTOCOL_SECRET: 'correct horse battery staple' };

describe('Ctrl-C', () => {
  test.each([
    ['read', ['read', 'ADDRESS', '1'], {}],
    ['request', ['request', 'ADDRESS', '100', '1', '--repeat', '5'], {}],
    ['read while it authenticates', ['read', 'ADDRESS', '1'], SECRET],
    ['replay as client', ['replay', 'RECORDING', '--as', 'client', '--to', 'ADDRESS'], {}],
  ])('before the answer ends %s with exit code 130, and the connection cleanly', async (_, argv, env) => {
    await using peer = await silentPeer();
    const places = { ADDRESS: peer.address, RECORDING: recording };
    const process = command.start(
      argv.map((word) => (Object.hasOwn(places, word) ? places[word as keyof typeof places] : word)),
      env,
    );
    await peer.asked;
    process.interrupt();
    expect(await process.outcome()).toEqual({ code: 130, out: '', err: '' });
    expect(await peer.end).toBe('a clean end');
  });

  test('ends a shell with exit code 130 while it waits for an answer, and with 0 at its prompt', async () => {
    await using peer = await silentPeer();
    const asking = command.start(['shell', peer.address]);
    asking.type('read 1\n');
    await peer.asked;
    asking.interrupt();
    expect(await asking.outcome()).toEqual({ code: 130, out: '', err: '' });
    expect(await peer.end).toBe('a clean end');

    const idle = command.start(['shell', address]);
    idle.type('read 1\n');
    await idle.printed(/one/);
    idle.interrupt();
    expect(await idle.outcome()).toEqual({ code: 0, out: '"one"\n', err: '' });
  });

  test.each([
    ['monitor', ['monitor', 'ADDRESS'], /connected/],
    ['inspect', ['inspect', 'ADDRESS'], /http/],
  ])('ends %s with exit code 0, and the connection cleanly', async (_, argv, started) => {
    await using peer = await silentPeer();
    const process = command.start(
      argv.map((word) => word.replace('ADDRESS', peer.address)),
      SECRET,
    );
    await process.printed(started);
    await peer.asked;
    process.interrupt();
    const { code, err } = await process.outcome();
    expect([code, err, await peer.end]).toEqual([0, '', 'a clean end']);
  });

  test.each([
    ['serve', ['serve', '--port', '0']],
    ['replay as server', ['replay', 'RECORDING', '--port', '0']],
  ])('ends %s with exit code 0, and its connections cleanly', async (_, argv) => {
    const process = command.start(argv.map((word) => word.replace('RECORDING', recording)));
    const client = silentClient(Number(await process.printed(/listening on \S+:(\d+)/)));
    await client.connected;
    process.interrupt();
    const { code, err } = await process.outcome();
    expect([code, err, await client.end]).toEqual([0, '', 'a clean end']);
  });

  test('ends proxy with exit code 0, and the connections on both sides cleanly', async () => {
    await using peer = await silentPeer();
    const process = command.start(['proxy', '0', peer.address]);
    const client = silentClient(Number(await process.printed(/listening on [^:]+:(\d+)/)));
    await process.printed(/#1 connected/);
    process.interrupt();
    const { code, err } = await process.outcome();
    expect([code, err, await client.end, await peer.end]).toEqual([0, '', 'a clean end', 'a clean end']);
  });
});

describe('on a terminal', () => {
  const ERASE = '\r\u001b[K';

  test('answers are printed above the progress line, which is gone at the end', async () => {
    const argv = ['request', address, '10', '1', '--repeat', '3'];
    const { code, out } = await command.inTerminal(argv).outcome();
    expect(code).toBe(0);
    expect(out.replaceAll(ERASE, '<erased>')).toBe(
      [
        '"one"\r\n1 of 3<erased>"one"\r\n',
        '1 of 3<erased>2 of 3<erased>"one"\r\n',
        '2 of 3<erased>3 of 3<erased>',
      ].join(''),
    );
  });

  test('the progress line is gone after Ctrl-C', async () => {
    const argv = ['request', address, '10', '1', '--repeat', '3', '--interval', '3600000'];
    const process = command.inTerminal(argv);
    await process.printed(/1 of 3/);
    process.type('\u0003');
    const { code, out } = await process.outcome();
    expect([code, out.replace('^C', '')]).toEqual([130, `"one"\r\n1 of 3${ERASE}`]);
  });

  test('colours are shown, except with NO_COLOR or --json', async () => {
    const argv = ['decode', short];
    expect((await command.inTerminal(argv).outcome()).out).toContain('\u001b[36mclient');
    expect((await command.inTerminal(argv, { NO_COLOR: '1' }).outcome()).out).not.toContain('\u001b[36m');
    expect((await command.inTerminal([...argv, '--json']).outcome()).out).not.toContain('\u001b[36m');
  });

  test('a warning of the library has its colour on standard error, except with NO_COLOR', async () => {
    const secret = folder.file('short-secret', 'short');
    for (const [env, painted] of [
      [{}, '\u001b[33mwarning:\u001b[39m the secret has 5 bytes'],
      [{ NO_COLOR: '1' }, 'socket-protocol: warning: the secret has 5 bytes'],
    ] as const) {
      const argv = ['read', '127.0.0.1:1', '0', '--secret-file', secret];
      expect((await command.inTerminal(argv, env).outcome()).out).toContain(painted);
    }
    const piped = await command.start(['read', '127.0.0.1:1', '0', '--secret-file', secret]).outcome();
    expect(piped.err).toMatch(/^socket-protocol: warning: /);
  });

  test('the help is as wide as the terminal', async () => {
    const { out } = await command.inTerminal(['share', '--help'], { COLUMNS: '70' }).outcome();
    const widths = out.split('\r\n').map((line) => line.length);
    expect([Math.max(...widths) <= 70, Math.max(...widths) > 60]).toEqual([true, true]);
  });

  test('the shell prompts, and keeps its history', async () => {
    const process = command.inTerminal(['shell', address], { HOME: folder.path });
    await process.printed(/connected \S+> /);
    process.type('read 1\r');
    await process.printed(/"one"/);
    process.type('\u0004');
    expect((await process.outcome()).code).toBe(0);
    const again = command.inTerminal(['shell', address], { HOME: folder.path });
    await again.printed(/connected \S+> /);
    again.type('\u001b[A\r');
    await again.printed(/"one"/);
    again.type('\u0004');
    expect((await again.outcome()).code).toBe(0);
  });
});

describe('into a pipe', () => {
  test('go no progress, and no colours unless they are forced', async () => {
    const argv = ['decode', short];
    expect((await command.start(argv).outcome()).out).not.toContain('\u001b');
    expect((await command.start(argv, { FORCE_COLOR: '1' }).outcome()).out).toContain('\u001b[36mclient');
    const json = await command.start([...argv, '--json'], { FORCE_COLOR: '1' }).outcome();
    expect(json.out).not.toContain('\u001b');
    const repeated = await command.start(['request', address, '10', '1', '--repeat', '3']).outcome();
    expect(repeated).toEqual({ code: 0, out: '"one"\n"one"\n"one"\n', err: '' });
  });

  test('goes an error as one line of standard error, without a stack', async () => {
    const { code, out, err } = await command.start(['read', 'no where', '0']).outcome();
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe('socket-protocol: Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got "no where"\n');
  });
});
