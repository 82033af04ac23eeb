/** Peers that ask as fast as they can: some never read an answer, some read late. */

import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { SID_READ_REQUEST, SID_READ_RESPONSE } from '../../../src/index.js';
import { StpDecoder } from '../../../src/wire/index.js';
import { frameOf } from '../../support/bytes.js';
import { ANSWERED } from './server-questions.js';

const REQUEST = frameOf(SID_READ_REQUEST, ANSWERED);
/** So many requests in one write: a peer that means ill sends many at once. */
const REQUESTS_PER_WRITE = 16;
const REQUESTS = Buffer.concat(Array.from({ length: REQUESTS_PER_WRITE }, () => REQUEST));
const WRITES_AT_ONCE = 16;
/** The most that a peer may have sent without having been read: from then on it waits. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** Asks until there is no need to, and reads nothing. */
export async function askWithoutReading(
  sockets: readonly Socket[],
  isNeeded: () => Promise<boolean>,
): Promise<void> {
  for (const socket of sockets) socket.pause();
  while (await isNeeded()) {
    for (const socket of sockets) {
      for (let i = 0; i < WRITES_AT_ONCE && !socket.destroyed; i++) {
        if (socket.writableLength < MAX_UNSENT_BYTES) socket.write(REQUESTS);
      }
    }
    await pause(1);
  }
}

/** Asks one thing after the other and reads nothing while there is need to; then reads all, and asks once more. */
export async function askAndReadLate(
  socket: Socket,
  isNeeded: () => Promise<boolean>,
  timeoutMs: number,
): Promise<{ readonly asked: number; readonly missing: number }> {
  let asked = 0;
  socket.pause();
  while (await isNeeded()) {
    socket.write(REQUEST);
    asked++;
  }
  let answers = 0;
  const decoder = new StpDecoder({ frame: () => answers++ });
  socket.on('data', (chunk: Buffer) => decoder.push(chunk)).resume();
  const endMs = performance.now() + timeoutMs;
  const allAnswered = async (): Promise<void> => {
    while (answers < asked && performance.now() < endMs) await pause(1);
  };
  await allAnswered();
  socket.write(REQUEST);
  asked++;
  await allAnswered();
  return { asked, missing: asked - answers };
}

/** The length of an answer of the server, as it travels. */
export function answerFrameLength(answerLength: number): number {
  return frameOf(SID_READ_RESPONSE, ANSWERED, 'x'.repeat(answerLength)).length;
}
