/**
 * D3: a peer that asks and never reads is cut off in time, and until then no more waits for it than the cap and the
 * frame that went over it. One that reads late, but in time, gets all its answers.
 *
 * The peer asks as fast as it can and reads nothing, so that the answers fill what the operating system keeps for it, and
 * then the server's own queue.
 */

import type { Reached, Stage, StageContext } from '../stage.js';
import { answerFrameLength, askAndReadLate, askWithoutReading } from './asking-peer.js';
import { MeasuredProcess } from './child-process.js';
import { manyTimes, openSocket, SECRET } from './clients.js';
import { kib } from './memory.js';
import type { OutputSeen, ServerQuestions, ServerState } from './server-questions.js';

type ServerProcess = MeasuredProcess<ServerQuestions>;

/** Small, so that the stage need not wait for ten seconds; the rule is the same. */
const SLOW_CONSUMER_TIMEOUT_MS = 400;
/** From the moment in which the queue is over its cap; the rest is what a busy machine may be late. */
const MAX_MS_OVER = SLOW_CONSUMER_TIMEOUT_MS + 500;
/** The most that a case may take until all its peers are cut off; the figure itself says ten seconds. */
const CASE_TIMEOUT_MS = 10_000;
/** A late reader is not hurried. */
const PATIENT_TIMEOUT_MS = 10_000;
const LATE_READING_MS = 2_000;
const UNTRUSTED_CAP_BYTES = 4 * 1024;
/** Less than the default, so that it can be reached with answers that are small. */
const TRUSTED_CAP_BYTES = 256 * 1024;
const SMALL_ANSWER_LENGTH = 1_000;
const LARGE_ANSWER_LENGTH = 1024 * 1024;

interface Case {
  readonly isTrusted: boolean;
  readonly answerLength: number;
  readonly answersLater: boolean;
}

/** The four cases of the figure, each with callbacks that answer at once and with callbacks that answer later. */
const CASES: readonly Case[] = [false, true].flatMap((isTrusted) =>
  [SMALL_ANSWER_LENGTH, LARGE_ANSWER_LENGTH].flatMap((answerLength) =>
    [false, true].map((answersLater) => ({ isTrusted, answerLength, answersLater })),
  ),
);

const PEERS: Readonly<Record<StageContext['budget'], number>> = { ci: 1, deep: 125, release: 125 };

/** Peers that never read. */
export const slowConsumerStage: Stage = {
  name: 'peers that never read',
  figures: ['D3'],
  isExclusive: true,
  run: async ({ budget, say }) => {
    const peers = PEERS[budget];
    const results: CaseResult[] = [];
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    for (const each of CASES) results.push(await neverRead(server, each, peers));
    for (const isTrusted of [false, true]) results.push(await readLate(server, isTrusted));
    for (const { text } of results) say(`D3: ${text}`);
    return [figure(results, peers)];
  },
};

interface CaseResult {
  readonly text: string;
  readonly failures: readonly string[];
}

function listenFor(server: ServerProcess, each: Case, timeoutMs: number, peers: number): Promise<number> {
  return server.ask('listen', {
    options: {
      // without a secret every peer counts as trusted
      secret: each.isTrusted ? null : SECRET,
      slowConsumerTimeout: timeoutMs,
      maxOutputBytes: TRUSTED_CAP_BYTES,
      maxUntrustedOutputBytes: UNTRUSTED_CAP_BYTES,
      maxUntrustedConnections: peers,
      // this is about peers that are answered, and do not read it
      maxUntrustedMessages: Number.POSITIVE_INFINITY,
      maxUntrustedMessagesPerAddress: Number.POSITIVE_INFINITY,
      maxUntrustedMessagesPerServer: Number.POSITIVE_INFINITY,
    },
    answerLength: each.answerLength,
    answersLater: each.answersLater,
    isWhitelisted: true,
  });
}

function capOf({ isTrusted }: Pick<Case, 'isTrusted'>): number {
  return isTrusted ? TRUSTED_CAP_BYTES : UNTRUSTED_CAP_BYTES;
}

async function neverRead(server: ServerProcess, each: Case, peers: number): Promise<CaseResult> {
  const port = await listenFor(server, each, SLOW_CONSUMER_TIMEOUT_MS, peers);
  await server.ask('watch output', { limitBytes: capOf(each) });
  const sockets = await manyTimes(peers, () => openSocket(port));
  const endMs = performance.now() + CASE_TIMEOUT_MS;
  try {
    await askWithoutReading(sockets, async () => {
      const { reasons } = await server.ask('state', null);
      const ended = Object.values(reasons).reduce((sum, count) => sum + count, 0);
      return ended < peers && performance.now() < endMs;
    });
    const seen = await server.ask('output seen', null);
    return neverReadResult(each, { peers, seen, state: await server.ask('state', null) });
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

interface Seen {
  readonly peers: number;
  readonly state: ServerState;
  readonly seen: OutputSeen;
}

function neverReadResult(each: Case, { peers, state, seen }: Seen): CaseResult {
  const capBytes = capOf(each);
  const frameBytes = answerFrameLength(each.answerLength);
  const failures = [...state.uncaught];
  if (state.sessions > 0)
    failures.push(`${state.sessions} of ${peers} peers were not cut off within ${CASE_TIMEOUT_MS} ms`);
  if (state.reasons['slow-consumer'] !== peers)
    failures.push(`not all were cut off for not reading: ${JSON.stringify(state.reasons)}`);
  if (seen.maxMsOver > MAX_MS_OVER)
    failures.push(`over the cap for ${seen.maxMsOver.toFixed(0)} ms, expected ≤ ${MAX_MS_OVER} ms`);
  if (seen.maxQueuedBytes > capBytes + frameBytes)
    failures.push(
      `${kib(seen.maxQueuedBytes)} queued, expected ≤ ${kib(capBytes)} and a frame of ${kib(frameBytes)}`,
    );
  const name =
    `${each.isTrusted ? 'after' : 'before'} trust, ` +
    `${each.answerLength === SMALL_ANSWER_LENGTH ? 'many small answers' : 'few large answers'}, ` +
    `callbacks that answer ${each.answersLater ? 'later' : 'at once'}`;
  return {
    text:
      `${name}: ${kib(seen.maxQueuedBytes)} queued (cap ${kib(capBytes)}, frame ${kib(frameBytes)}), ` +
      `over it for ${seen.maxMsOver.toFixed(0)} ms`,
    failures: failures.map((failure) => `${name}: ${failure}`),
  };
}

/** As {@link neverRead}, but the peer begins to read as soon as its answers have gone over the cap. */
async function readLate(server: ServerProcess, isTrusted: boolean): Promise<CaseResult> {
  const each = { isTrusted, answerLength: SMALL_ANSWER_LENGTH, answersLater: false };
  const port = await listenFor(server, each, PATIENT_TIMEOUT_MS, 1);
  const socket = await openSocket(port);
  const isBelowCap = async (): Promise<boolean> =>
    (await server.ask('state', null)).queuedBytes <= capOf(each);
  try {
    const { asked, missing } = await askAndReadLate(socket, isBelowCap, LATE_READING_MS);
    const text =
      `${isTrusted ? 'after' : 'before'} trust, a peer that reads late: ` +
      `${missing} of ${asked} answers are missing`;
    return { text, failures: missing === 0 ? [] : [text] };
  } finally {
    socket.destroy();
  }
}

function figure(results: readonly CaseResult[], peers: number): Reached {
  const failures = results.flatMap((result) => result.failures);
  const good = results.filter((result) => result.failures.length === 0).length;
  return {
    id: 'D3',
    what: 'a peer that never reads is cut off, and what is queued for it meanwhile; one that reads late is not',
    goal: `${results.length} of ${results.length} cases, ${peers} never reading: ≤ cap + 1 frame, cut off in time`,
    reached: `${good} of ${results.length} cases`,
    isReached: failures.length === 0,
    failures,
  };
}
