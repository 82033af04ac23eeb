/**
 * D6: what strangers can make a server hold: all slots of the pool, each with an unfinished frame of the longest kind that
 * a stranger may send.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { LISTEN_OPTIONS } from '../../../src/server/option-tables.js';
import { SESSION_OPTIONS } from '../../../src/session/option-table.js';
import type { Reached, Stage } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import { manyTimes, openSocket, SECRET } from './clients.js';
import { kib, type Memory, mib } from './memory.js';
import type { ServerQuestions, ServerState } from './server-questions.js';

const MAX_BYTES = LISTEN_OPTIONS.maxUntrustedMemory.default;
const SLOTS = LISTEN_OPTIONS.maxUntrustedConnections.default;
/** All but the byte that would be too much; in pieces, so that the buffer grows as it does for a slow peer. */
const PIECES = 4;
const UNFINISHED = Buffer.alloc(SESSION_OPTIONS.maxUntrustedFrameLength.default - 1, 'a');
/** More than there are slots, before and between: what was evicted must be gone. */
const FIRST_CROWD = SLOTS + 512;
const PIECE_PAUSE_MS = 20;
const SETTLING_TIMEOUT_MS = 30_000;

/** The memory of strangers. */
export const strangersStage: Stage = {
  name: 'memory of strangers',
  figures: ['D6'],
  isExclusive: true,
  run: async () => {
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    const port = await server.ask('listen', { options: { secret: SECRET } });
    const crowd = await sendUnfinished(port, FIRST_CROWD);
    crowd.leave();
    await untilSessions(server, 0);
    const before = await server.ask('memory', null);
    const strangers = await sendUnfinished(port, SLOTS);
    try {
      const state = await untilSessions(server, SLOTS);
      return [figure(before, await server.ask('memory', null), state)];
    } finally {
      strangers.leave();
    }
  },
};

async function sendUnfinished(port: number, count: number): Promise<{ leave(): void }> {
  const sockets = await manyTimes(count, () => openSocket(port));
  for (const socket of sockets) socket.resume().write(':<');
  const pieceLength = Math.ceil(UNFINISHED.length / PIECES);
  for (let at = 0; at < UNFINISHED.length; at += pieceLength) {
    for (const socket of sockets) socket.write(UNFINISHED.subarray(at, at + pieceLength));
    await pause(PIECE_PAUSE_MS);
  }
  return {
    leave: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function untilSessions(server: MeasuredProcess<ServerQuestions>, count: number): Promise<ServerState> {
  const endMs = performance.now() + SETTLING_TIMEOUT_MS;
  for (;;) {
    const state = await server.ask('state', null);
    if (state.sessions === count) return state;
    if (performance.now() > endMs) throw new Error(`expected ${count} sessions, got ${state.sessions}`);
    await pause(PIECE_PAUSE_MS);
  }
}

function figure(before: Memory, after: Memory, { sessions, uncaught }: ServerState): Reached {
  const bytes = after.live - before.live;
  const failures = [...uncaught];
  if (bytes > MAX_BYTES) failures.push(`${mib(bytes)} are held, ${kib(bytes / SLOTS)} each`);
  return {
    id: 'D6',
    what: 'memory of strangers: every slot of the pool with an unfinished frame of the longest kind',
    goal: `${SLOTS} slots, ${kib(UNFINISHED.length)} each on the wire: ≤ ${mib(MAX_BYTES)} in all`,
    reached:
      `${sessions} slots hold ${mib(bytes)} of objects and buffers, ${kib(bytes / SLOTS)} each ` +
      `(RSS ${mib(after.rss - before.rss)})`,
    isReached: failures.length === 0,
    failures,
  };
}
