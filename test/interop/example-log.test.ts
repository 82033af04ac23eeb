/** The example of the original, and the log that its documentation shows, line by line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand } from '../support/command.js';
import { CompiledCommand } from '../support/compiled-command.js';
import { DOCUMENTED, expectDocumentedLog } from '../support/documented-log.js';
import { TestFolder } from '../support/folder.js';

const compiled = new CompiledCommand();
const folder = new TestFolder();
/** What was started; nothing of it outlives the tests, also where one fails. */
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill();
  compiled.remove();
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function start(
  example: string,
  port: number,
): {
  process: ChildProcess;
  speaks: Promise<unknown>;
  printed: Promise<string>;
  code: Promise<number | null>;
} {
  const child = spawn(process.execPath, [compiled.example(example), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return {
    process: child,
    speaks: once(child.stdout, 'data'),
    printed: text(child.stdout),
    code: new Promise((resolve) => child.once('exit', resolve)),
  };
}

describe('the example of the original', () => {
  test('prints on the client what the documentation shows, line by line; and both programs end', async () => {
    const port = await freePort();
    const server = start('server.js', port);
    // a client that is too early warns of it, and tries again
    await server.speaks;
    const client = start('client.js', port);
    const printed = await client.printed;
    expect([await client.code, await server.code]).toEqual([0, 0]);
    expectDocumentedLog(printed);
    // the two names are in conflict: the client's is taken over, with a warning
    expect((await server.printed).split('\n').filter((line) => line.includes(' WARNING - '))).toEqual([
      expect.stringContaining('overwriting the channel name: example_server by the peer'),
    ]);
  });

  test('in its short form reads the time as well', async () => {
    const port = await freePort();
    const server = start('short-server.js', port);
    while (!(await isListening(port)));
    const client = start('short-client.js', port);
    expect([await client.code, await client.printed]).toEqual([
      0,
      expect.stringMatching(/^the time is \w{3} /),
    ]);
    server.process.kill();
    await server.code;
  });

  test('has a log that decode reads, with times, names and directions', async () => {
    const log = DOCUMENTED.map((line, i) => `2025-02-02 00:00:44,${600 + i}:     ${line}\n`).join('');
    const { code, out } = await runCommand(['decode', folder.file('log', log)]);
    expect([code, out.split('\n').map((line) => line.replace(/ data_id.*/, ''))]).toEqual([
      0,
      [
        '2025-02-02 00:00:44,605 example_client TX -> [checksum ok] service: channel name request,',
        '2025-02-02 00:00:44,606 example_client TX -> [checksum ok] service: read data request,',
        '2025-02-02 00:00:44,607 example_client RX <- [checksum ok] service: channel name response,',
        '2025-02-02 00:00:44,609 example_client RX <- [checksum ok] service: read data response,',
        '',
      ],
    ]);
    const json = await runCommand(['decode', folder.file('log', log), '--json']);
    expect(JSON.parse(json.out.split('\n')[0] ?? '')).toEqual({
      time: '2025-02-02 00:00:44,605',
      channel: 'example_client',
      direction: 'TX',
      from: 'client',
      service_id: 8,
      data_id: 0,
      status: 0,
      data: 'example_client',
    });
  });
});
