/**
 * D4: a flood of frames that are no messages costs a server neither memory nor its turns.
 *
 * Once with the limits lifted, so that the flood goes on; and once as a server is by default, which closes each
 * connection at once and is flooded with new ones.
 */

import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../random.js';
import type { Reached, Stage, StageContext } from '../stage.js';
import { badFrames } from './bad-frames.js';
import { MeasuredProcess } from './child-process.js';
import { openSocket, SECRET } from './clients.js';
import { mib } from './memory.js';
import type { LoopDelay, ServerQuestions, ServerSetup, ServerState } from './server-questions.js';

type ServerProcess = MeasuredProcess<ServerQuestions>;

const MAX_RSS_DRIFT_BYTES = 32 * 2 ** 20;
const MAX_P99_MS = 50;
const FLOODERS = 4;
/** What is compiled and allocated once is no drift. */
const WARM_UP_MS = 1_000;
const CHUNK_BYTES = 256 * 1024;
/** Less would be no flood. */
const MIN_BAD_FRAMES_PER_SECOND = 1_000;
const MIN_CONNECTIONS_PER_SECOND = 20;

const FLOOD_MS: Readonly<Record<StageContext['budget'], number>> = {
  ci: 5_000,
  deep: 60_000,
  release: 60_000,
};

const LIFTED: ServerSetup = {
  options: {
    secret: SECRET,
    maxUntrustedBadFrames: Number.POSITIVE_INFINITY,
    maxUntrustedNoiseBytes: Number.POSITIVE_INFINITY,
    maxUntrustedMessages: Number.POSITIVE_INFINITY,
    maxUntrustedMessagesPerAddress: Number.POSITIVE_INFINITY,
    maxUntrustedMessagesPerServer: Number.POSITIVE_INFINITY,
  },
};
const BY_DEFAULT: ServerSetup = { options: { secret: SECRET } };

/** A flood of bad frames, with the limits lifted and without. */
export const floodStage: Stage = {
  name: 'bad-frame flood',
  figures: ['D4'],
  isExclusive: true,
  run: async ({ budget, baseSeed, replaySeed }) => {
    const nonsense = badFrames(new Random(replaySeed ?? baseSeed), CHUNK_BYTES);
    const flood = async (setup: ServerSetup): Promise<Flooded> => {
      await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
      const port = await server.ask('listen', setup);
      return await flooded(server, { port, nonsense, floodMs: FLOOD_MS[budget] });
    };
    return [figure(await flood(LIFTED), await flood(BY_DEFAULT), FLOOD_MS[budget])];
  },
};

interface Flood {
  readonly port: number;
  readonly nonsense: Buffer;
  readonly floodMs: number;
}

interface Flooded {
  readonly driftBytes: number;
  readonly delay: LoopDelay;
  readonly state: ServerState;
  /** How many connections the flood needed. */
  readonly connections: number;
}

async function flooded(server: ServerProcess, { port, nonsense, floodMs }: Flood): Promise<Flooded> {
  const isOver = new AbortController();
  const flooders = Array.from({ length: FLOODERS }, () => floodUntil(port, nonsense, isOver.signal));
  try {
    await pause(WARM_UP_MS);
    const before = await server.ask('memory', null);
    await server.ask('watch the loop', null);
    await pause(floodMs);
    const delay = await server.ask('loop delay', null);
    const state = await server.ask('state', null);
    isOver.abort();
    const connections = (await Promise.all(flooders)).reduce((sum, each) => sum + each, 0);
    const after = await server.ask('memory', null);
    return { driftBytes: after.rss - before.rss, delay, state, connections };
  } finally {
    isOver.abort();
  }
}

/** Writes as fast as it is read, and comes back at once when it is shut out. Returns how many connections that took. */
async function floodUntil(port: number, nonsense: Buffer, isOver: AbortSignal): Promise<number> {
  let connections = 0;
  while (!isOver.aborted) {
    const socket = await openSocket(port).catch(() => null);
    if (socket === null) continue;
    connections++;
    const stop = (): void => void socket.destroy();
    isOver.addEventListener('abort', stop);
    socket.resume();
    await writeUntilClosed(socket, nonsense);
    isOver.removeEventListener('abort', stop);
  }
  return connections;
}

function writeUntilClosed(socket: Socket, nonsense: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const write = (): void => {
      while (!socket.destroyed && socket.write(nonsense));
    };
    socket.on('drain', write);
    socket.once('close', () => resolve());
    write();
  });
}

function figure(lifted: Flooded, byDefault: Flooded, floodMs: number): Reached {
  const seconds = floodMs / 1_000;
  const failures = [...failuresOf('limits lifted', lifted), ...failuresOf('by default', byDefault)];
  if (lifted.connections !== FLOODERS)
    failures.push(`limits lifted: the flood was shut out: ${JSON.stringify(lifted.state.reasons)}`);
  if (lifted.state.drops < MIN_BAD_FRAMES_PER_SECOND * seconds)
    failures.push(`limits lifted: ${lifted.state.drops} bad frames in all are no flood`);
  const { reasons } = byDefault.state;
  const shutOuts = (reasons['too-many-bad-frames'] ?? 0) + (reasons['too-many-untrusted-messages'] ?? 0);
  if (shutOuts < MIN_CONNECTIONS_PER_SECOND * seconds)
    failures.push(`by default: ${shutOuts} closed for bad frames: ${JSON.stringify(reasons)}`);
  return {
    id: 'D4',
    what: 'bad-frame flood: RSS drift and event-loop delay of the server',
    goal: `${seconds} s each: RSS drift ≤ ${mib(MAX_RSS_DRIFT_BYTES)}, p99 ≤ ${MAX_P99_MS} ms`,
    reached:
      `limits lifted: ${textOf(lifted)}, ${lifted.state.drops} drops; ` +
      `by default: ${textOf(byDefault)}, ${shutOuts} connections closed`,
    isReached: failures.length === 0,
    failures,
  };
}

function textOf({ driftBytes, delay }: Flooded): string {
  return `drift ${mib(driftBytes)}, p99 ${delay.p99.toFixed(1)} ms (max ${delay.max.toFixed(0)})`;
}

function failuresOf(name: string, { driftBytes, delay, state }: Flooded): string[] {
  const failures = [...state.uncaught];
  if (driftBytes > MAX_RSS_DRIFT_BYTES) failures.push(`RSS drifted by ${mib(driftBytes)}`);
  if (!(delay.p99 <= MAX_P99_MS)) failures.push(`event-loop delay p99 ${delay.p99.toFixed(1)} ms`);
  return failures.map((failure) => `${name}: ${failure}`);
}
