/** What the peers of a world answer, and how they fail at it. */

import type { JsonValue, Message } from '../../../src/index.js';
import type { Peer } from './peer.js';
import { WHITELISTED } from './side.js';

/** Registers callbacks for all services but one, whose requests nobody handles. */
export function answerAll(peer: Peer): void {
  const { session } = peer;
  session.addService(100, 101);
  session.addService(110, 111);
  session.addMsgToAuthWhitelist(WHITELISTED.serviceId, WHITELISTED.dataId);
  const callback = (message: Message<JsonValue>): unknown => answer(peer, message);
  for (const serviceId of [10, 20, 30, 100]) session.registerCallback(serviceId, null, callback);
}

function answer(peer: Peer, message: Message<JsonValue>): unknown {
  const { world } = peer;
  const tag = tagOf(message);
  world.note('runs', tag ?? 0);
  peer.side?.callbackRuns(message.serviceId, message.dataId, tag);
  if (tag !== null) world.requests.runs(tag);
  if (message.dataId === 4_242) return [0, message.data];
  switch (message.serviceId) {
    case 20:
      return later(peer, message, world.random.between(0, 300));
    case 30:
      return world.config.faults.includes('callback') && world.random.chance(0.6)
        ? fail(peer, message)
        : [0, message.data];
    case 100:
      if (world.random.chance(0.3)) return askBack(peer, message);
      return world.random.chance(0.5) ? later(peer, message, world.random.between(0, 20)) : [0, message.data];
    default:
      return [0, message.data];
  }
}

/** The fault "callback": it throws, rejects, hangs, answers too late, or answers nonsense. */
function fail(peer: Peer, message: Message<JsonValue>): unknown {
  const { world } = peer;
  world.fired('callback');
  switch (world.random.below(6)) {
    case 0:
      throw new Error('the callback throws');
    case 1:
      return Promise.reject(new Error('the callback rejects'));
    case 2:
      return counted(peer, () => new Promise(() => {}));
    case 3:
      return later(peer, message, world.config.callbackTimeoutMs + 50);
    case 4:
      return [0, () => {}];
    default:
      return 'no status and data';
  }
}

function later(peer: Peer, message: Message<JsonValue>, delayMs: number): Promise<unknown> {
  return counted(
    peer,
    () => new Promise((resolve) => peer.party.after(delayMs, () => resolve([0, message.data]))),
  );
}

/** R9: a callback that asks the peer before it answers. */
function askBack(peer: Peer, message: Message<JsonValue>): Promise<unknown> {
  return counted(peer, async () => {
    await peer.session.request(10, 88, null, { timeout: 100 }).catch(() => null);
    return [0, message.data];
  });
}

/** Counts as running until it answers, or until its time is over and the session has answered for it. */
async function counted(peer: Peer, run: () => Promise<unknown>): Promise<unknown> {
  const { world } = peer;
  let isCounted = true;
  peer.running++;
  peer.checkRunning();
  const done = (): void => {
    if (isCounted) peer.running--;
    isCounted = false;
  };
  peer.party.after(world.config.callbackTimeoutMs, done);
  try {
    return await run();
  } finally {
    done();
  }
}

function tagOf({ data }: Message<JsonValue>): number | null {
  const tag = (data as { t?: unknown } | null)?.t;
  return typeof tag === 'number' ? tag : null;
}
