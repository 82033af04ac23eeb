/** D11: strangers in numbers, who send well-formed names without end, cost a trusted client little. */

import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Message } from '../../../src/index.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import type { Budget, Reached, Stage } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import type { ClientQuestions } from './client-questions.js';
import { openSocket, SECRET } from './clients.js';
import { percentile } from './percentile.js';
import type { ServerQuestions } from './server-questions.js';

const STRANGERS = 60;
const MAX_RATIO = 2;
const TURN_MS: Readonly<Record<Budget, number>> = { ci: 1_500, deep: 10_000, release: 10_000 };
/** With and without them in turn: a machine that is slower for a while must not be taken for them. */
const TURNS = 3;
const READ_EVERY_MS = 4;
/** Whoever is thrown out comes back. */
const COME_BACK_MS = 100;
const NAME = encodeStp(pureJson.encode(new Message({ serviceId: 8, dataId: 0, data: 'stranger' })));
const NAMES = Buffer.concat(Array.from({ length: 100 }, () => NAME));

/** Strangers in numbers. */
export const crowdStage: Stage = {
  name: 'strangers in numbers',
  figures: ['D11'],
  isExclusive: true,
  run: async ({ budget }) => {
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    await using client = new MeasuredProcess<ClientQuestions>('./client-main.js');
    const port = await server.ask('listen', { options: { secret: SECRET } });
    await client.ask('connect', { count: 1, options: { port, secret: SECRET } });
    const turn = { everyMs: READ_EVERY_MS, forMs: TURN_MS[budget] };
    await client.ask('median of reads', turn);
    const alone: number[] = [];
    const crowded: number[] = [];
    let thrownOut = 0;
    for (let i = 0; i < TURNS; i++) {
      alone.push(await client.ask('median of reads', turn));
      const crowd = new Crowd(port);
      try {
        await crowd.isThere;
        crowded.push(await client.ask('median of reads', turn));
      } finally {
        thrownOut += await crowd.leave();
      }
    }
    const { trusted } = await server.ask('state', null);
    return [figure(percentile(alone, 0.5), percentile(crowded, 0.5), { thrownOut, isThere: trusted === 1 })];
  },
};

/** Strangers of one address, each of whom sends as fast as it is read. */
class Crowd {
  readonly #sockets = new Set<Socket>();
  readonly #strangers: readonly Promise<number>[];
  /** Resolves when each has begun to send. */
  readonly isThere: Promise<void>;
  #begun: () => void = () => {};
  #connections = 0;
  #isOver = false;

  constructor(port: number) {
    this.isThere = new Promise((resolve) => {
      this.#begun = resolve;
    });
    this.#strangers = Array.from({ length: STRANGERS }, () => this.#stranger(port));
  }

  async #stranger(port: number): Promise<number> {
    let thrownOut = 0;
    while (!this.#isOver) {
      const socket = await openSocket(port).catch(() => null);
      if (socket === null) continue;
      this.#sockets.add(socket);
      if (++this.#connections === STRANGERS) this.#begun();
      if (!this.#isOver) await sendUntilClosed(socket);
      this.#sockets.delete(socket);
      if (this.#isOver) socket.destroy();
      else thrownOut++;
      await pause(COME_BACK_MS);
    }
    return thrownOut;
  }

  /** Resolves with how often they were thrown out in all. */
  async leave(): Promise<number> {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
    return (await Promise.all(this.#strangers)).reduce((sum, each) => sum + each, 0);
  }
}

function sendUntilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const write = (): void => {
      while (!socket.destroyed && socket.write(NAMES));
    };
    socket.resume();
    socket.on('drain', write);
    socket.once('close', () => resolve());
    write();
  });
}

interface Strangers {
  readonly thrownOut: number;
  /** Whether the trusted client still is. */
  readonly isThere: boolean;
}

function figure(aloneMs: number, crowdedMs: number, { thrownOut, isThere }: Strangers): Reached {
  const ratio = crowdedMs / aloneMs;
  const failures: string[] = [];
  if (ratio > MAX_RATIO) failures.push(`p50 is ${ratio.toFixed(2)} times that without them`);
  if (thrownOut < STRANGERS) failures.push(`${thrownOut} were thrown out: none may stay`);
  if (!isThere) failures.push('the trusted client was disconnected');
  return {
    id: 'D11',
    what: 'strangers in numbers: p50 of a trusted client while they send names without end',
    goal: `${STRANGERS} strangers: ≤ ${MAX_RATIO} × p50 without them`,
    reached:
      `${ratio.toFixed(2)} × (${crowdedMs.toFixed(2)} ms, without them ${aloneMs.toFixed(2)} ms), ` +
      `thrown out ${thrownOut} times`,
    isReached: failures.length === 0,
    failures,
  };
}
