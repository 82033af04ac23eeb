/** What an inspector sees: who caused each event. Only users and transports stand outside of the actors. */

import { expect, test } from 'vitest';
import type { AnyActorRef, InspectionEvent } from 'xstate';
import { Message } from '../../src/index.js';
import { encodeStp, pureJson } from '../../src/wire/index.js';
import { Pair, watch } from '../support/pair.js';

const SECRET = 'correct horse battery staple';
/** Orders of the user, facts of the transport, what the peer said. */
const FROM_OUTSIDE = /^(session|link|peer|request)\.|^output\.drained$|^work\.finished$|^transport\.closed$/;
const SEEN_FROM_OUTSIDE = [
  'link.closed',
  'link.failed',
  'link.opened',
  'output.drained',
  'peer.answered',
  'peer.keyAccepted',
  'peer.keyRejected',
  'peer.nameRequested',
  'request.cancelled',
  'request.made',
  'session.close',
  'session.drain',
  'session.reconnect',
  'session.start',
  'transport.closed',
  'work.finished',
];
/** What only an actor can report, or order another to do. */
const FROM_ACTORS = [
  'authentication.distrusted',
  'authentication.failed',
  'authentication.limitExceeded',
  'authentication.start',
  'authentication.trusted',
  'connection.attemptFailed',
  'connection.close',
  'connection.established',
  'connection.lost',
  'connection.open',
  'connection.reconnect',
  'connection.reset',
  'drain.ended',
  'requests.overdue',
  'requests.release',
];

interface Seen {
  readonly to: string;
  readonly type: string;
  readonly isFromOutside: boolean;
}

function frameOf(serviceId: number, dataId: number, data: unknown): Buffer {
  return encodeStp(pureJson.encode(new Message({ serviceId, dataId, data })));
}

/** A pair whose actors are watched; the client connects at its second attempt. */
async function watchedPair(seen: Seen[]): Promise<Pair> {
  const inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.event' || event.event.type.startsWith('xstate.')) return;
    const to = (event.actorRef as AnyActorRef).id;
    seen.push({ to, type: event.event.type, isFromOutside: event.sourceRef === undefined });
  };
  const pair = new Pair({ both: { secret: SECRET, inspect }, client: { lateAnswerGrace: 1_000 } });
  pair.serverComm.refusesConnections = true;
  await pair.settle();
  pair.serverComm.refusesConnections = false;
  await pair.clock.advanceAsync(100);
  expect([pair.client.isTrusted, pair.server.isTrusted]).toEqual([true, true]);
  return pair;
}

/** Requests are answered, cancelled, timed out and overdue. */
async function ask(pair: Pair): Promise<void> {
  pair.server.onRead(0, () => 'fine').onRead(1, () => new Promise(() => {}));
  const cancelling = new AbortController();
  const fine = watch(pair.client.read(0));
  watch(pair.client.read(2, { signal: cancelling.signal }));
  cancelling.abort();
  watch(pair.client.read(1, { timeout: 100 }));
  await pair.settle();
  expect(fine.value).toBe('fine');
  await pair.clock.advanceAsync(1_100);
  expect(pair.client.isConnected()).toBe(false);
  await pair.clock.advanceAsync(100);
  expect(pair.client.isTrusted).toBe(true);
}

/** The client asks for another seed, and sends three wrong keys. */
async function loseTrust(pair: Pair): Promise<void> {
  pair.clientComm.sendRaw(frameOf(0, 0, null));
  await pair.settle();
  expect(pair.server.isTrusted).toBe(false);
  for (let key = 0; key < 3; key++) pair.clientComm.sendRaw(frameOf(0, 1, 'wrong'));
  await pair.clock.advanceAsync(200);
  expect(pair.client.isTrusted).toBe(true);
}

/** A request waits for room in the output. */
async function fillOutput(pair: Pair): Promise<void> {
  pair.clientComm.isStalled = true;
  watch(pair.client.write(3, 'x'.repeat(2 * 1024 * 1024)));
  const behind = watch(pair.client.read(0));
  pair.clientComm.unstall();
  await pair.settle();
  expect(behind.value).toBe('fine');
}

test('an inspector sees no event from outside that one actor caused in another', async () => {
  const seen: Seen[] = [];
  const pair = await watchedPair(seen);
  await ask(pair);
  await loseTrust(pair);
  await fillOutput(pair);
  pair.client.reconnect();
  await pair.clock.advanceAsync(200);
  void pair.server.close({ drain: true });
  await pair.settle();
  expect(await pair.close()).toBe(0);

  const typesOf = (events: readonly Seen[]): string[] => [...new Set(events.map(({ type }) => type))];
  const outside = seen.filter(({ isFromOutside }) => isFromOutside);
  expect(typesOf(outside).filter((type) => !FROM_OUTSIDE.test(type))).toEqual([]);
  expect(typesOf(outside)).toEqual(expect.arrayContaining(SEEN_FROM_OUTSIDE));
  expect(typesOf(seen.filter(({ isFromOutside }) => !isFromOutside))).toEqual(
    expect.arrayContaining(FROM_ACTORS),
  );
  expect(new Set(outside.map(({ to }) => to))).toEqual(new Set(['session', 'pendingRequests']));
});
