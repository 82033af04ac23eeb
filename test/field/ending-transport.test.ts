/** What was sent arrives, however a connection or a program ends. */

import { createConnection } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { frameOf } from '../support/bytes.js';
import { killAll, Program } from './support/program.js';
import { onMessage, RawServer } from './support/raw.js';
import { Sink } from './support/sink.js';

const KIB = 1024;
const MIB = 1024 * KIB;

afterAll(killAll);

test('FC-10 a peer that stops reading is waited for as long as closeTimeout, and what it did not get is counted', async () => {
  await using peer = await RawServer.listen((socket) => void socket.pause());
  await using program = new Program('leaver.mjs');
  const { sent, lostBytes } = await program.ask('send and close', {
    port: peer.port,
    count: 1,
    length: 15 * MIB,
    options: { closeTimeout: 500 },
  });
  expect(sent).toBe(1);
  // the buffers of the system hold some megabytes
  expect(lostBytes).toBeGreaterThan(0);
  expect(lostBytes).toBeLessThan(15 * MIB);
});

test('FC-10 a program that has closed ends by itself', async () => {
  await using sink = await Sink.open();
  await using program = new Program('leaver.mjs');
  void program.ask('send, close and be done', { port: sink.port, text: 'the end' }).catch(() => {});
  await program.ended();
  expect(program.exitCode).toBe(0);
  await sink.until(1);
});

describe('FC-11 a message that was sent before process.exit() arrives', () => {
  test.each([
    'an async function',
    'a timer',
    'an I/O callback',
    'a check callback',
    'a tick',
    'a microtask',
    'the answer to a request',
    'a handler',
    'a listener',
  ])('from %s', async (position) => {
    await using sink = await Sink.open();
    await using program = new Program('leaver.mjs');
    void program.ask('send and exit', { port: sink.port, position, text: position }).catch(() => {});
    await program.ended();
    await sink.until(1);
    expect(sink.messages.map(({ data }) => data)).toEqual([position]);
  });

  test('and so do several that were sent in one go', async () => {
    await using sink = await Sink.open();
    await using program = new Program('leaver.mjs');
    void program
      .ask('send all and exit', { port: sink.port, count: 30, text: 'x'.repeat(300) })
      .catch(() => {});
    await program.ended();
    await sink.until(30);
  });
});

describe('FC-41 an answer that was sent before close() arrives while the peer asks on', () => {
  test.each([
    ['short', 100, 0],
    ['long', 300_000, 0],
    ['long and late', 300_000, 5],
  ])('%s, in each of 60 rounds', async (_, length, delayMs) => {
    await using server = new Program('leaver.mjs');
    const port = await server.ask('answer once', { length, delayMs });
    const answers: number[] = [];
    for (let round = 0; round < 60; round++) answers.push(await answerLength(port));
    expect(answers).toEqual(Array(60).fill(length));
    await server.ask('close the server');
  });
});

/** Asks, and asks on until the connection is closed; how long the first answer was, 0 where none came. */
function answerLength(port: number): Promise<number> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let length = 0;
    onMessage(socket, ({ serviceId, dataId, data }) => {
      if (serviceId === 11 && dataId === 0) length = (data as string).length;
    });
    const more = Buffer.concat(Array(50).fill(frameOf(10, 1, 'z'.repeat(1_000))));
    const ask = (): void => {
      if (socket.writable) socket.write(more, () => setImmediate(ask));
    };
    socket.on('error', () => {}).once('close', () => resolve(length));
    socket.write(frameOf(10, 0));
    ask();
  });
}
