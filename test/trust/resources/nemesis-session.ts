/**
 * One session through a bad network: makes tagged requests, some of which it takes back, and looks at what became of
 * each. The plan of a session comes from its seed; what the operating system makes of it does not.
 */

import { setTimeout as pause } from 'node:timers/promises';
import {
  ConnectionLostError,
  Session,
  SID_EXECUTE_REQUEST,
  SID_WRITE_REQUEST,
  TcpClientStp,
  TimeoutError,
} from '../../../src/index.js';
import type { Random } from '../random.js';
import { SECRET } from './clients.js';
import { type OnToxic, ToxicProxy } from './toxic-proxy.js';
import { planNetwork } from './toxics.js';

const SERVICES = [SID_WRITE_REQUEST, SID_EXECUTE_REQUEST];
const DATA_IDS = 2;
const MAX_REQUESTS = 14;
/** How long requests are made for. */
const SPAN_MS = 200;
const MAX_ANSWER_DELAY_MS = 30;
const ABORT_CHANCE = 0.15;
/** A user who wants a new connection in the middle: the old one ends while much is on the way. */
const RECONNECT_CHANCE = 0.5;
/** A request may be late by this, and no more. */
const GRACE_MS = 1_000;

/** What a request carries there and back. */
export interface Tagged {
  readonly tag: string;
  readonly answerAfterMs: number;
}

/** The servers of all sessions, and how often each request was run. */
export interface NemesisServers {
  readonly openPort: number;
  readonly secretPort: number;
  readonly runs: ReadonlyMap<string, number>;
}

/** What became of the requests of one session. */
export interface NemesisOutcome {
  readonly answered: number;
  readonly timedOut: number;
  readonly lost: number;
  readonly aborted: number;
  readonly failures: readonly string[];
}

interface PlannedRequest extends Tagged {
  readonly serviceId: number;
  readonly dataId: number;
  readonly atMs: number;
  readonly timeoutMs: number;
  readonly abortAfterMs: number | null;
}

/** Runs one session; resolves when nothing of it is left. */
export async function runNemesisSession(
  random: Random,
  servers: NemesisServers,
  { name, onToxic, say }: { name: string; onToxic: OnToxic; say: (line: string) => void },
): Promise<NemesisOutcome> {
  const plan = planNetwork(random);
  const hasSecret = random.chance(0.5);
  const requests = planRequests(random, name);
  const reconnectAtMs = random.chance(RECONNECT_CHANCE) ? random.below(SPAN_MS) : null;
  say(`network ${JSON.stringify(plan)}, ${hasSecret ? 'a' : 'no'} secret`);
  const serverPort = hasSecret ? servers.secretPort : servers.openPort;
  await using proxy = await ToxicProxy.open(serverPort, { plan, random, onToxic });
  const reconnect = { minDelay: 2, maxDelay: 20 };
  const transport = new TcpClientStp({ port: proxy.port, reconnect, connectTimeout: 500 });
  await using session = new Session(transport, {
    secret: hasSecret ? SECRET : null,
    autoAuth: true,
    authenticationTimeout: 500,
    lateAnswerGrace: 300,
  });
  const reconnecting = reconnectAtMs === null ? null : pause(reconnectAtMs).then(() => session.reconnect());
  const settled = await Promise.all(requests.map((request) => make(session, request)));
  await reconnecting;
  for (const [index, each] of settled.entries()) say(`${JSON.stringify(requests[index])}: ${textOf(each)}`);
  return outcomeOf(requests, settled, servers.runs);
}

function planRequests(random: Random, name: string): PlannedRequest[] {
  return Array.from({ length: random.between(4, MAX_REQUESTS) }, (_, index) => ({
    tag: `${name}/${index}`,
    serviceId: random.of(SERVICES),
    dataId: random.below(DATA_IDS),
    atMs: random.below(SPAN_MS),
    answerAfterMs: random.below(MAX_ANSWER_DELAY_MS),
    timeoutMs: random.between(30, 800),
    abortAfterMs: random.chance(ABORT_CHANCE) ? random.below(60) : null,
  }));
}

type Settled = { readonly tookMs: number } & ({ readonly answer: unknown } | { readonly error: unknown });

async function make(session: Session, request: PlannedRequest): Promise<Settled> {
  const { serviceId, dataId, timeoutMs, abortAfterMs, tag, answerAfterMs } = request;
  await pause(request.atMs);
  const abort = new AbortController();
  const aborting = abortAfterMs === null ? undefined : setTimeout(() => abort.abort(), abortAfterMs);
  const startMs = performance.now();
  const took = (): number => performance.now() - startMs;
  const options = { timeout: timeoutMs, signal: abort.signal };
  const asking = session.request(serviceId, dataId, { tag, answerAfterMs }, options).then(
    ({ status, data }): Settled => ({ tookMs: took(), answer: status === 0 ? data : `status ${status}` }),
    (error: unknown): Settled => ({ tookMs: took(), error }),
  );
  // whoever never settles must not keep the run from ending
  const late = new AbortController();
  const tooLate = pause(timeoutMs + 2 * GRACE_MS, undefined, { signal: late.signal }).then(
    (): Settled => ({ tookMs: Number.POSITIVE_INFINITY, error: new Error('it never settled') }),
  );
  const settled = await Promise.race([asking, tooLate.catch(() => asking)]);
  late.abort();
  clearTimeout(aborting);
  return settled;
}

function outcomeOf(
  requests: readonly PlannedRequest[],
  settled: readonly Settled[],
  runs: ReadonlyMap<string, number>,
): NemesisOutcome {
  const counts = { answered: 0, timedOut: 0, lost: 0, aborted: 0 };
  const failures: string[] = [];
  for (const [index, each] of settled.entries()) {
    const request = requests[index];
    if (request === undefined) continue;
    const fail = (what: string): void => void failures.push(`${request.tag}: ${what}`);
    const ran = runs.get(request.tag) ?? 0;
    if (each.tookMs > request.timeoutMs + GRACE_MS) fail(`settled after ${each.tookMs} ms`);
    if (ran > 1) fail(`ran ${ran} times`);
    if ('answer' in each) {
      counts.answered++;
      const { tag } = each.answer as Partial<Tagged>;
      if (tag !== request.tag) fail(`got the answer to ${tag ?? JSON.stringify(each.answer)}`);
      continue;
    }
    const { error } = each;
    if (error instanceof TimeoutError) counts.timedOut++;
    else if (error instanceof ConnectionLostError) counts.lost++;
    else if (error instanceof DOMException && error.name === 'AbortError') counts.aborted++;
    else fail(`rejected with ${String(error)}`);
    const isCertain = error instanceof TimeoutError || error instanceof ConnectionLostError;
    if (isCertain && !error.written && ran > 0) fail('was never written, and ran');
  }
  return { ...counts, failures };
}

function textOf(settled: Settled): string {
  const took = `${settled.tookMs.toFixed(0)} ms`;
  return 'answer' in settled ? `answered after ${took}` : `${String(settled.error)} after ${took}`;
}
