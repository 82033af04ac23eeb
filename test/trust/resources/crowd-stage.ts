/** D11: strangers in numbers, who send well-formed names without end, cost a trusted client little. */

import { setTimeout as pause } from 'node:timers/promises';
import { Message } from '../../../src/index.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import type { Budget, Reached, Stage } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import type { ClientQuestions } from './client-questions.js';
import { openSocket, SECRET } from './clients.js';
import type { ServerQuestions } from './server-questions.js';

const STRANGERS = 60;
const MAX_RATIO = 2;
const READS: Readonly<Record<Budget, number>> = { ci: 4_000, deep: 40_000, release: 40_000 };
/** With and without them in turn: a machine that is slower for a while must not be taken for them. */
const TURNS = 3;
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
    const count = Math.ceil(READS[budget] / TURNS);
    await client.ask('median of reads', { count });
    const alone: number[] = [];
    const crowded: number[] = [];
    let thrownOut = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      alone.push(await client.ask('median of reads', { count }));
      const crowd = new Crowd(port);
      try {
        crowded.push(await client.ask('median of reads', { count }));
      } finally {
        thrownOut += await crowd.leave();
      }
    }
    const { trusted } = await server.ask('state', null);
    return [figure(Math.min(...alone), Math.min(...crowded), { thrownOut, isThere: trusted === 1 })];
  },
};

/** Strangers of one address, each of whom sends as fast as it is read. */
class Crowd {
  readonly #isOver = new AbortController();
  readonly #strangers: readonly Promise<number>[];

  constructor(port: number) {
    this.#strangers = Array.from({ length: STRANGERS }, () => this.#stranger(port));
  }

  async #stranger(port: number): Promise<number> {
    const { signal } = this.#isOver;
    let thrownOut = 0;
    while (!signal.aborted) {
      const socket = await openSocket(port).catch(() => null);
      if (socket === null) continue;
      const stop = (): void => void socket.destroy();
      signal.addEventListener('abort', stop);
      socket.resume();
      await new Promise<void>((resolve) => {
        const write = (): void => {
          while (!socket.destroyed && socket.write(NAMES));
        };
        socket.on('drain', write);
        socket.once('close', () => resolve());
        if (signal.aborted) stop();
        else write();
      });
      signal.removeEventListener('abort', stop);
      if (signal.aborted) break;
      thrownOut++;
      await pause(COME_BACK_MS);
    }
    return thrownOut;
  }

  /** Resolves with how often they were thrown out in all. */
  async leave(): Promise<number> {
    this.#isOver.abort();
    return (await Promise.all(this.#strangers)).reduce((sum, each) => sum + each, 0);
  }
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
