/**
 * D7: through the networks of toxiproxy, on real sockets: each request settles once and in time, no answer reaches another
 * request than its own, none is run twice, and none that was not written is run.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { listen, type Server, type Session } from '../../../src/index.js';
import { Random } from '../random.js';
import { type Reached, replayLine, type Stage, type StageContext } from '../stage.js';
import { manyTimes, SECRET } from './clients.js';
import {
  type NemesisOutcome,
  type NemesisServers,
  runNemesisSession,
  type Tagged,
} from './nemesis-session.js';
import { TOXIC_KINDS, type ToxicKind } from './toxics.js';

const SESSIONS: Readonly<Record<StageContext['budget'], number>> = {
  ci: 300,
  deep: 100_000,
  release: 100_000,
};
/** Few enough that it is the network that is slow, and not this process. */
const AT_ONCE = 12;
/** Each toxic must have done something, or the run has shown nothing. */
const MIN_ACTS_OF_A_TOXIC = 10;
/** The same goes for answers: a network that lets nothing through proves little. */
const MIN_ANSWERED_PART = 0.1;
/** More would be more of the same. */
const MAX_SHOWN_FAILURES = 20;

/** Sessions through bad networks. */
export const nemesisStage: Stage = {
  name: 'nemesis on real sockets',
  figures: ['D7'],
  isExclusive: true,
  run: async ({ budget, baseSeed, replaySeed, say }) => {
    const runs = new Map<string, number>();
    await using open = await listen({ port: 0 }, (session) => answer(session, runs));
    await using secret = await listen({ port: 0, secret: SECRET, backoff: false }, (session) =>
      answer(session, runs),
    );
    const servers = { openPort: open.port, secretPort: secret.port, runs };
    const run = new Run(servers, replaySeed === null ? () => {} : say);
    if (replaySeed !== null) await run.session(replaySeed);
    else await manyTimes(SESSIONS[budget], (index) => run.session((baseSeed + index) >>> 0), AT_ONCE);
    await untilEmpty([open, secret]);
    return [run.figure(replaySeed === null ? SESSIONS[budget] : 1)];
  },
};

/** The server's side: answers a request with what it carried, after the time that it asks for. */
function answer(session: Session, runs: Map<string, number>): void {
  const callback = async (data: unknown): Promise<unknown> => {
    const { tag, answerAfterMs } = data as Tagged;
    runs.set(tag, (runs.get(tag) ?? 0) + 1);
    if (answerAfterMs > 0) await pause(answerAfterMs);
    return data;
  };
  session.onWrite(null, callback).onExecute(null, callback);
}

const EMPTY_TIMEOUT_MS = 5_000;

/** The server's ends of all sessions are gone when their clients are. */
async function untilEmpty(servers: readonly Server[]): Promise<void> {
  const endMs = performance.now() + EMPTY_TIMEOUT_MS;
  while (servers.some((server) => server.sessions.size > 0)) {
    if (performance.now() > endMs) throw new Error('expected no session without its client, got some');
    await pause(1);
  }
}

class Run {
  readonly #servers: NemesisServers;
  readonly #say: (line: string) => void;
  readonly #acts = new Map<ToxicKind, number>();
  readonly #outcomes: NemesisOutcome[] = [];
  readonly #failures: string[] = [];

  constructor(servers: NemesisServers, say: (line: string) => void) {
    this.#servers = servers;
    this.#say = say;
  }

  async session(seed: number): Promise<void> {
    const outcome = await runNemesisSession(new Random(seed), this.#servers, {
      name: String(seed),
      onToxic: (kind) => this.#acts.set(kind, (this.#acts.get(kind) ?? 0) + 1),
      say: this.#say,
    });
    this.#outcomes.push(outcome);
    for (const failure of outcome.failures) this.#failures.push(`${failure}; ${replayLine('D7', seed)}`);
  }

  figure(sessions: number): Reached {
    const sum = (key: keyof Omit<NemesisOutcome, 'failures'>): number =>
      this.#outcomes.reduce((total, outcome) => total + outcome[key], 0);
    const [answered, timedOut, lost, aborted] = [
      sum('answered'),
      sum('timedOut'),
      sum('lost'),
      sum('aborted'),
    ];
    const requests = answered + timedOut + lost + aborted;
    const failures = [...this.#failures];
    if (sessions > 1) {
      if (answered < requests * MIN_ANSWERED_PART) failures.push(`only ${answered} answers of ${requests}`);
      for (const kind of TOXIC_KINDS) {
        const acts = this.#acts.get(kind) ?? 0;
        if (acts < MIN_ACTS_OF_A_TOXIC) failures.push(`the toxic ${kind} did something ${acts} times only`);
      }
    }
    return {
      id: 'D7',
      what: 'nemesis on real sockets: requests that hang, run twice or get the answer of another',
      goal: `0 in ${sessions} sessions, all ${TOXIC_KINDS.length} toxics`,
      reached:
        `${failures.length} in ${this.#outcomes.length} sessions: ${requests} requests, ` +
        `${answered} answered, ${timedOut} timed out, ${lost} lost, ${aborted} aborted`,
      isReached: failures.length === 0,
      failures: failures.slice(0, MAX_SHOWN_FAILURES),
    };
  }
}
