/**
 * C6: sessions that fail, each with a secret of its own; the records of their flight recorders, the events with them and the files
 * made of them hold no byte of a secret, a seed or a key.
 */

import type { Failure, Session } from '../../../src/index.js';
import { failureRecording } from '../../../src/inspector/index.js';
import { withInternals } from '../../../src/session/internals.js';
import { pureJson } from '../../../src/wire/index.js';
import { Pair } from '../../support/pair.js';
import { Random } from '../random.js';
import { type Reached, replayLine, type Stage, type StageContext } from '../stage.js';
import { findLeaks, type Output } from './leaks.js';

const SESSIONS = { ci: 1_000, deep: 10_000, release: 50_000 };

export const flightStage: Stage = {
  name: 'the secret in no flight record',
  figures: ['C6'],
  run: async ({ budget, baseSeed, replaySeed }: StageContext) => {
    const count = SESSIONS[budget] / 2;
    const seeds =
      replaySeed === null ? Array.from({ length: count }, (_, n) => (baseSeed + n) >>> 0) : [replaySeed];
    const failures: string[] = [];
    const sum = { sessions: 0, failures: 0, secrets: 0 };
    for (const seed of seeds) {
      const flown = await fly(seed);
      sum.sessions += 2;
      sum.failures += flown.failures;
      sum.secrets += flown.secrets;
      failures.push(...flown.leaks.map((leak) => `${leak}; ${replayLine('C6', seed)}`));
    }
    return [reachedBy(sum, failures)];
  },
};

/** What came of a pair of sessions. */
export interface Flown {
  readonly failures: number;
  readonly secrets: number;
  readonly leaks: readonly string[];
}

/** Lets a pair of sessions fail, in a way that the seed decides, and looks into what their recorders say. */
export async function fly(seed: number): Promise<Flown> {
  const random = new Random(seed);
  const secretOf = (): string => `canary*${random.bytes(24).toString('base64')}`;
  const secret = secretOf();
  const other = random.chance(0.4) ? secretOf() : secret;
  const secrets = new Map(
    [secret, other].map((text) => [text === secret ? 'the secret' : 'the other', Buffer.from(text)]),
  );
  const internals = { randomBytes: (length: number) => random.bytes(length) };
  const pair = new Pair({
    client: withInternals({ secret, autoAuth: true, channelName: 'pump' }, internals),
    server: withInternals({ secret: other, maxUntrustedBadFrames: 1_000 }, internals),
  });
  const { client, server, clientComm, serverComm } = pair;
  const outputs: Output[] = [];
  let failed = 0;
  const hear = (failure: Failure): void => {
    failed++;
    outputs.push({ where: 'event', text: JSON.stringify(failure) });
    outputs.push({ where: 'log', text: failureRecording(failure, new Date(0)) });
  };
  const sent: Buffer[] = [];
  const raw: ((payload: Buffer) => void)[] = [];
  for (const comm of [clientComm, serverComm]) {
    const send = comm.send.bind(comm);
    raw.push((payload) => void (comm.isConnected() && send(payload)));
    comm.send = (payload) => {
      const copy = Buffer.from(payload);
      const { serviceId, data } = pureJson.decode(copy);
      if (serviceId <= 1) sent.push(copy);
      if (serviceId <= 1 && typeof data === 'string') remember(secrets, data);
      // what is damaged on its way is a seed or a key all the same
      if (serviceId <= 1 && random.chance(0.3)) copy[random.below(copy.length)] = random.below(256);
      return send(copy);
    };
  }
  for (const session of [client, server]) session.on('failure', hear).on('callbackError', () => {});
  server.onRead(0, () => Promise.reject(new Error('no sensor')));
  server.onRead(1, () => new Promise(() => {}));
  for (let step = 0; step < 6; step++) {
    misbehave(random, pair, () => {
      // an old message of an authentication once more, or half of it
      const old = sent[random.below(Math.max(1, sent.length))] ?? Buffer.from('nothing');
      raw[random.below(2)]?.(random.chance(0.5) ? old : old.subarray(0, random.below(old.length)));
    });
    await pair.clock.advanceAsync(random.below(1_500));
  }
  for (const session of [client, server]) look(session, outputs);
  await pair.close();
  for (const session of [client, server]) look(session, outputs);
  return { failures: failed, secrets: secrets.size, leaks: findLeaks(secrets, outputs) };
}

function remember(secrets: Map<string, Buffer>, data: string): void {
  const what = `a seed or a key (number ${secrets.size})`;
  secrets.set(what, Buffer.from(data));
  if (/^([0-9a-f]{2})+$/.test(data)) secrets.set(`${what}, its bytes`, Buffer.from(data, 'hex'));
}

/** Something that goes wrong. */
function misbehave(random: Random, { client, clientComm, serverComm }: Pair, repeat: () => void): void {
  const comm = random.chance(0.5) ? clientComm : serverComm;
  const ignore = (): void => {};
  switch (random.below(6)) {
    case 0:
      return comm.disconnect(random.chance(0.5) ? 'connection-reset' : 'link-closed');
    case 1:
      return void client.read(0).catch(ignore);
    case 2:
      return void client.read(1, { timeout: 200 }).catch(ignore);
    case 3:
      return void client.authenticate(300).catch(ignore);
    case 4:
      return repeat();
    default:
      return client.reconnect();
  }
}

function look(session: Session, outputs: Output[]): void {
  outputs.push({ where: 'event', text: JSON.stringify(session.flightRecord()) });
}

function reachedBy(
  { sessions, failures: failed, secrets }: { sessions: number; failures: number; secrets: number },
  failures: readonly string[],
): Reached {
  return {
    id: 'C6',
    what: 'sessions that fail: the secret, the seeds and the keys are in no flight record, event or file',
    goal: `${sessions} sessions, 0 leaks`,
    reached: `${failures.length} leaks of ${secrets} secrets, seeds and keys in ${failed} failures of ${sessions} sessions`,
    isReached: failures.length === 0 && failed > sessions / 2,
    failures: failures.slice(0, 10),
  };
}
