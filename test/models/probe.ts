/**
 * What is done to each session at the end of its walk, whatever the walk was: everything that shows what a state may
 * hide. Who is trusted, which seed is still good, whose answer comes next, how long the next pauses are.
 */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  deriveKey,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
} from '../../src/index.js';
import type { Bench } from '../trust/models/bench.js';
import { GUARDED_DATA, OPEN_DATA } from './expected/data.js';
import { DEFAULTS } from './expected/session.js';

/** Of the requests and messages that the walks make. */
const [DATA_ID, OWN_SERVICE] = [7, 200];
const REQUEST_TIMEOUT_MS = 400;
const AUTHENTICATION_TIMEOUT_MS = 2_000;
/** The penalties for two wrong keys are over. */
const PENALTIES_MS = 600;
/** At the least; see `attemptMs`. */
const ATTEMPT_MS = 350;
const ATTEMPTS = 4;
/** A link that has held for so long is no failure. */
const PROVEN_MS = 6_000;
/** Those who want trust while there is no link: one has no time left when it opens, two have some, of whom one has more. */
const PATIENCE_MS = [900, 1_500, 2_500];
/** By then an attempt has been made for them, whatever the pauses are. */
const ATTEMPTED_MS = 1_050;
/** Every time-out and every grace is over. */
const LONG_MS = 45_000;

/** Looks at a session from all sides, and closes it. */
export async function probe(bench: Bench): Promise<void> {
  if (bench.session.isClosed) return await probeClosed(bench);
  // what is on its way comes before anything else is done
  await pass(bench, PENALTIES_MS);
  if (bench.comm.shownBufferedBytes !== null) await bench.drain();
  if (bench.comm.isConnected()) await probeLink(bench);
  if (bench.session.isClosed) return await probeClosed(bench);
  await bench.unlink();
  if (bench.session.isClosed) return await probeClosed(bench);
  await probeAttempts(bench);
  await probeNextLink(bench);
  await probeProof(bench);
  await probePatience(bench);
  await bench.closeSession();
  await bench.letClose();
  await probeClosed(bench);
}

/** A closed session refuses everything at once. */
async function probeClosed(bench: Bench): Promise<void> {
  wish(bench.read(DATA_ID, REQUEST_TIMEOUT_MS));
  wish(bench.send(OWN_SERVICE, DATA_ID, 'a message', REQUEST_TIMEOUT_MS));
  wish(bench.receive(OWN_SERVICE, DATA_ID, REQUEST_TIMEOUT_MS));
  wish(bench.authenticate(AUTHENTICATION_TIMEOUT_MS));
  await bench.reconnect();
  await pass(bench, LONG_MS);
}

async function probeLink(bench: Bench): Promise<void> {
  await askFor(bench, OPEN_DATA.dataId, GUARDED_DATA.dataId);
  await say(bench, SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, 'probe');
  await say(bench, SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME, null);
  await say(bench, SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME, 'probe');
  if (bench.options.isClient) await probeClientTrust(bench);
  else await probeServerTrust(bench);
  await askFor(bench, GUARDED_DATA.dataId);
  await say(bench, OWN_SERVICE, DATA_ID, 'a message of the peer');
  wish(bench.read(DATA_ID, REQUEST_TIMEOUT_MS));
  await say(bench, SID_READ_RESPONSE, DATA_ID, 'an answer');
}

/** A seed and a verdict, whether they are waited for or not. */
async function probeClientTrust(bench: Bench): Promise<void> {
  await say(bench, SID_AUTH_RESPONSE, DID_AUTH_SEED, 'e'.repeat(64));
  await say(bench, SID_AUTH_RESPONSE, DID_AUTH_KEY, true);
}

/** The key for the last seed, whether it is still good or not, and a wrong one. */
async function probeServerTrust(bench: Bench): Promise<void> {
  await sayKey(bench);
  await askFor(bench, GUARDED_DATA.dataId);
  await say(bench, SID_AUTH_REQUEST, DID_AUTH_KEY, 'wrong');
  await pass(bench, PENALTIES_MS);
}

async function probeAttempts(bench: Bench): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await pass(bench, attemptMs(bench));
    await bench.fail('connection-refused');
  }
  wish(bench.read(DATA_ID, REQUEST_TIMEOUT_MS));
  wish(bench.read(OPEN_DATA.dataId, REQUEST_TIMEOUT_MS));
  // where both are over at once, a rejection is told some turns later than a result
  await bench.settle();
  wish(bench.receive(OWN_SERVICE, DATA_ID, REQUEST_TIMEOUT_MS));
}

async function probeNextLink(bench: Bench): Promise<void> {
  await bench.reconnect();
  await bench.link();
  if (!bench.comm.isConnected()) return;
  await say(bench, SID_READ_RESPONSE, OPEN_DATA.dataId, 'an answer that needs no trust');
  await askFor(bench, GUARDED_DATA.dataId);
  await sayHandshake(bench);
  await askFor(bench, GUARDED_DATA.dataId);
  wish(bench.read(DATA_ID, REQUEST_TIMEOUT_MS));
  await say(bench, SID_READ_RESPONSE, DATA_ID, 'another answer');
  await say(bench, OWN_SERVICE, DATA_ID, 'another message of the peer');
}

/** A link that is lost at once makes the pauses longer, one that holds makes them short again. */
async function probeProof(bench: Bench): Promise<void> {
  await bench.unlink();
  await pass(bench, attemptMs(bench));
  await bench.fail('connection-refused');
  await pass(bench, attemptMs(bench));
  if (bench.session.isClosed) return;
  await bench.link();
  if (!bench.options.isClient) await askForSeeds(bench);
  await pass(bench, PROVEN_MS);
  if (bench.options.isClient) await refuseKeys(bench);
  await bench.unlink();
  await pass(bench, LONG_MS);
}

/** Whoever wants trust while there is no link has an attempt made, and a handshake on it, in what is left of his time. */
async function probePatience(bench: Bench): Promise<void> {
  for (const end of ['silence', 'loss', 'trust']) {
    if (bench.session.isClosed) return;
    // the second attempt that fails is the first of a row
    await bench.fail('connection-refused');
    await bench.reconnect();
    await bench.fail('connection-refused');
    for (const timeoutMs of PATIENCE_MS) wish(bench.authenticate(timeoutMs));
    await pass(bench, ATTEMPTED_MS);
    await bench.link();
    if (end === 'loss') await bench.unlink();
    if (end === 'trust' && bench.options.isClient) {
      await say(bench, SID_AUTH_RESPONSE, DID_AUTH_SEED, '9'.repeat(64));
      await say(bench, SID_AUTH_RESPONSE, DID_AUTH_KEY, true);
    }
    await pass(bench, LONG_MS);
    await bench.unlink();
  }
  // these wait when the session closes
  for (const timeoutMs of PATIENCE_MS) wish(bench.authenticate(timeoutMs));
  await bench.settle();
}

/** One more than a server sends. */
async function askForSeeds(bench: Bench): Promise<void> {
  const { maxSeedRequests = DEFAULTS.maxSeedRequests } = bench.options.session ?? {};
  for (let count = 0; count <= maxSeedRequests; count++) await say(bench, SID_AUTH_REQUEST, DID_AUTH_SEED);
}

/** Two keys of the session are refused, and the third is not answered: a server hangs up then. */
async function refuseKeys(bench: Bench): Promise<void> {
  for (const letter of ['a', 'b', 'c']) {
    wish(bench.authenticate(AUTHENTICATION_TIMEOUT_MS));
    await say(bench, SID_AUTH_RESPONSE, DID_AUTH_SEED, letter.repeat(64));
    if (letter !== 'c') await say(bench, SID_AUTH_RESPONSE, DID_AUTH_KEY, false);
  }
}

/** The honest peer proves itself, or takes the proof of the session. */
async function sayHandshake(bench: Bench): Promise<void> {
  if (bench.options.isClient) {
    wish(bench.authenticate(AUTHENTICATION_TIMEOUT_MS));
    await say(bench, SID_AUTH_RESPONSE, DID_AUTH_SEED, 'f'.repeat(64));
    await say(bench, SID_AUTH_RESPONSE, DID_AUTH_KEY, true);
  } else {
    await say(bench, SID_AUTH_REQUEST, DID_AUTH_SEED);
    await sayKey(bench);
  }
}

async function sayKey(bench: Bench): Promise<void> {
  const secret = Buffer.from(bench.options.session?.secret ?? '');
  const seed = bench
    .history()
    .filter(({ channel }) => channel === 'wire')
    .map(({ text }) => JSON.parse(text) as unknown[])
    .findLast(([serviceId, dataId]) => serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_SEED)?.[3];
  await say(bench, SID_AUTH_REQUEST, DID_AUTH_KEY, deriveKey(String(seed), secret));
}

async function askFor(bench: Bench, ...dataIds: readonly number[]): Promise<void> {
  for (const dataId of dataIds) await say(bench, SID_READ_REQUEST, dataId);
}

/** Says something, as long as there is a link. */
async function say(bench: Bench, serviceId: number, dataId: number, data: unknown = null): Promise<void> {
  if (bench.comm.isConnected()) await bench.say(serviceId, dataId, data);
}

/** Longer than each pause between attempts, and shorter than an attempt may take besides. */
function attemptMs({ options: { policy } }: Bench): number {
  return Math.max(ATTEMPT_MS, (policy === 'none' ? 0 : (policy?.delayMs(ATTEMPTS - 1) ?? 0)) + 50);
}

function pass(bench: Bench, ms: number): Promise<void> {
  return bench.clock.advanceAsync(ms);
}

/** What becomes of it, the bench keeps. */
function wish(promise: Promise<unknown>): void {
  promise.catch(() => {});
}
