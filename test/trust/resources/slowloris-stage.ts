/**
 * D2: a crowd of silent and dripping connections neither slows an honest client down nor keeps the next one out, and
 * nobody of it stays longer than the handshake may take.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Session } from '../../../src/index.js';
import type { Reached, Stage, StageContext } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import { openSessions, SECRET } from './clients.js';
import { percentile } from './percentile.js';
import { ANSWERED, type ServerQuestions, type ServerState } from './server-questions.js';
import { type CrowdReport, SlowlorisCrowd } from './slowloris.js';

const MAX_P99_MS = 20;
/** Few, so that they come under pressure; an honest newcomer in mid-handshake is not one too many. */
const POOL_SIZE = 64;
const NEWCOMERS = 1;
const GRACE_MS = 1_000;
/** The figure is about those who stay; how many can come at once is another matter. */
const COMERS_PER_SECOND = 250;
/** The first client reads all the time; a new one comes in so often. */
const NEWCOMER_EVERY_MS = 250;
const READ_PAUSE_MS = 2;

interface Size {
  readonly attackers: number;
  readonly attackMs: number;
  readonly handshakeTimeoutMs: number;
}

const SIZES: Readonly<Record<StageContext['budget'], Size>> = {
  ci: { attackers: 1_000, attackMs: 5_000, handshakeTimeoutMs: 1_500 },
  deep: { attackers: 5_000, attackMs: 600_000, handshakeTimeoutMs: 5_000 },
  release: { attackers: 5_000, attackMs: 600_000, handshakeTimeoutMs: 5_000 },
};

/** A slowloris attack, and honest clients meanwhile. */
export const slowlorisStage: Stage = {
  name: 'slowloris',
  figures: ['D2'],
  isExclusive: true,
  run: async ({ budget }) => {
    const size = SIZES[budget];
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    const port = await server.ask('listen', {
      options: {
        secret: SECRET,
        handshakeTimeout: size.handshakeTimeoutMs,
        maxUntrustedConnections: POOL_SIZE,
      },
    });
    const [honest] = await openSessions(port, 1);
    if (honest === undefined) throw new Error('expected a session, got none');
    const crowd = new SlowlorisCrowd(port, size.attackers, COMERS_PER_SECOND);
    try {
      const isOver = new AbortController();
      const readings = readAllTheTime(honest, isOver.signal);
      const newcomers = comeAllTheTime(port, isOver.signal);
      const strangers = mostStrangers(server, isOver.signal);
      await crowd.attack(size.attackMs);
      await crowd.stay(size.handshakeTimeoutMs + GRACE_MS);
      isOver.abort();
      const measured = {
        latenciesMs: await readings,
        shutOut: await newcomers,
        strangers: await strangers,
        crowd: crowd.report(),
        state: await server.ask('state', null),
      };
      return [figure(size, measured)];
    } finally {
      crowd.leave();
      await honest.close();
    }
  },
};

/** How long each read took, in milliseconds. */
async function readAllTheTime(session: Session, isOver: AbortSignal): Promise<number[]> {
  const latenciesMs: number[] = [];
  while (!isOver.aborted) {
    const startMs = performance.now();
    await session.read(ANSWERED);
    latenciesMs.push(performance.now() - startMs);
    await pause(READ_PAUSE_MS);
  }
  return latenciesMs;
}

/** Why newcomers who hold the secret were shut out. */
async function comeAllTheTime(port: number, isOver: AbortSignal): Promise<string[]> {
  const shutOut: string[] = [];
  while (!isOver.aborted) {
    try {
      await using session = await connect({ port, secret: SECRET, reconnect: false });
      await session.read(ANSWERED);
    } catch (error) {
      shutOut.push(error instanceof Error ? error.message : String(error));
    }
    await pause(NEWCOMER_EVERY_MS);
  }
  return shutOut;
}

/** The most connections that the server held of peers that were not trusted. */
async function mostStrangers(server: MeasuredProcess<ServerQuestions>, isOver: AbortSignal): Promise<number> {
  let most = 0;
  while (!isOver.aborted) {
    const { sessions, trusted } = await server.ask('state', null);
    most = Math.max(most, sessions - trusted);
    await pause(READ_PAUSE_MS * 10);
  }
  return most;
}

interface Measured {
  readonly latenciesMs: readonly number[];
  readonly shutOut: readonly string[];
  readonly strangers: number;
  readonly crowd: CrowdReport;
  readonly state: ServerState;
}

function figure(
  { attackers, attackMs, handshakeTimeoutMs }: Size,
  { latenciesMs, shutOut, strangers, crowd, state }: Measured,
): Reached {
  const p99Ms = percentile(latenciesMs, 0.99);
  const deadlineMs = handshakeTimeoutMs + GRACE_MS;
  const failures = [...state.uncaught, ...shutOut.map((why) => `an honest newcomer was shut out: ${why}`)];
  if (!(p99Ms <= MAX_P99_MS)) failures.push(`the honest client waited ${p99Ms.toFixed(1)} ms (p99)`);
  if (crowd.connections < attackers) failures.push(`only ${crowd.connections} attackers came`);
  if (crowd.open > 0) failures.push(`${crowd.open} attackers were still connected at the end`);
  if (crowd.longestMs > deadlineMs)
    failures.push(`an attacker stayed for ${crowd.longestMs.toFixed(0)} ms, expected ≤ ${deadlineMs} ms`);
  if (strangers > POOL_SIZE + NEWCOMERS)
    failures.push(`${strangers} strangers at once, expected ≤ ${POOL_SIZE + NEWCOMERS}`);
  return {
    id: 'D2',
    what: 'slowloris: p99 of an honest client, and how long an attacker stays',
    goal: `${attackers} attackers for ${attackMs / 1000} s: p99 ≤ ${MAX_P99_MS} ms, gone in ≤ ${deadlineMs} ms`,
    reached:
      `p99 ${p99Ms.toFixed(1)} ms of ${latenciesMs.length}, ${crowd.connections} attacking connections, ` +
      `longest ${crowd.longestMs.toFixed(0)} ms, ${crowd.open} left, ≤ ${strangers} at once`,
    isReached: failures.length === 0,
    failures,
  };
}
