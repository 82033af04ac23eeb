/** What the people of a world want, and when: requests, messages, authentications, and the faults that come between. */

import { ConnectionLostError, TimeoutError } from '../../../src/index.js';
import { planBulk } from './bulk-users.js';
import { HERD, OTHER_SECRET } from './config.js';
import type { Fault } from './faults.js';
import type { Peer } from './peer.js';
import { planRareMoments } from './rare-moments.js';
import { WHITELISTED } from './side.js';
import type { World } from './world.js';

const SERVICES = [10, 20, 30, 100, 100, 110];
const TIMEOUTS_MS = [20, 150, 600, 2_500];
const LARGE_CHARACTERS = 20_000;
const DATA_ID_OF_ITS_OWN = 1_000;

/** Puts a world's operations and faults on its time. */
export function plan(world: World): void {
  const { random, config, time } = world;
  const moment = (): number => random.below(config.activeMs);
  for (let i = 0; i < config.operations; i++) {
    // several at one moment: requests in flight meet each other
    const atMs = moment();
    const count = random.chance(0.3) ? random.between(2, 8) : 1;
    for (let n = 0; n < count; n++) time.after(atMs, () => operate(world));
  }
  for (const fault of config.faults) {
    for (let n = random.between(1, 2); n > 0; n--) time.after(moment(), () => strike(world, fault));
  }
  if (config.isHostile) {
    for (let n = random.between(2, 8); n > 0; n--) time.after(moment(), () => world.forge());
  }
  planBulk(world, (peer, serviceId) => request(peer, serviceId, dataIdFor(peer)));
  planRareMoments(world, { authenticate, request });
}

function strike(world: World, fault: Fault): void {
  const { random, time, network } = world;
  if (world.violation !== null) return;
  switch (fault) {
    case 'callback':
      return; // the callbacks themselves do it
    case 'clock-jump': {
      const ms = random.of([500, 5_000, 40_000]);
      world.fired(fault);
      world.slept += ms;
      return time.jump(ms);
    }
    case 'peer-restart':
      world.fired(fault);
      network.isServerUp = false;
      network.resetAll();
      if (random.chance(0.5)) world.serverSecret = OTHER_SECRET;
      return time.after(random.between(1, 1_500), () => {
        network.isServerUp = true;
      });
    case 'freeze':
      return freeze(world);
    case 'herd':
      // all have lost their connection in the same moment, and come back together
      if (world.clients.length < HERD) return;
      world.fired(fault);
      return network.resetAll();
    case 'bad-neighbour':
      return; // it is there all the time
    default:
      network.strike(fault);
  }
}

function freeze(world: World): void {
  const { random, time, network } = world;
  const awake = world.parties.filter(({ isFrozen }) => !isFrozen);
  if (awake.length === 0) return;
  const party = random.of(awake);
  world.fired('freeze');
  party.freeze();
  const ms = random.chance(0.5) ? random.between(50, 5_000) : random.between(5_000, 45_000);
  time.after(ms, () => network.thaw(party));
}

function operate(world: World): void {
  const { random } = world;
  const peers = [...world.peers()].filter(({ session }) => !session.isClosed);
  if (peers.length === 0) return;
  const peer = random.chance(0.65) ? random.of(world.clients) : random.of(peers);
  peer.party.hear(() => act(peer));
}

/** A user does something; nothing that a program would not do, and what it would do once, once. */
function act(peer: Peer): void {
  const { random } = peer.world;
  const dice = random.fraction();
  if (dice < 0.68) request(peer, random.of(SERVICES), dataIdFor(peer));
  else if (dice < 0.78) request(peer, WHITELISTED.serviceId, WHITELISTED.dataId);
  else if (dice < 0.86) sendAndReceive(peer);
  else if (dice < 0.93) authenticate(peer);
  else if (dice < 0.97) reconnect(peer);
  else if (dice < 0.985) receive(peer, 11, 901, 500);
  else void peer.session.close();
}

function dataIdFor({ world }: Peer): number {
  return world.config.hasUniqueKeys ? DATA_ID_OF_ITS_OWN + world.tags + 1 : world.random.below(3);
}

function request(peer: Peer, serviceId: number, dataId: number): void {
  const { world, session } = peer;
  const { random } = world;
  const tag = ++world.tags;
  const timeout = random.of(TIMEOUTS_MS);
  // ids that many requests share, while bytes are forged: their answers cannot be told apart, by design of the wire
  const isAmbiguous = world.config.hasUniqueKeys && dataId === WHITELISTED.dataId;
  const data =
    isAmbiguous || random.chance(0.1)
      ? null
      : world.config.hasLargePayloads && random.chance(0.3)
        ? { t: tag, pad: 'x'.repeat(LARGE_CHARACTERS) }
        : { t: tag };
  let signal: AbortSignal | undefined;
  if (random.chance(0.12)) {
    const controller = new AbortController();
    signal = controller.signal;
    world.requests.signals.push(signal);
    peer.party.after(random.below(2 * timeout), () => controller.abort(new Error('aborted')));
  }
  world.note('asks', tag);
  world.tell(() => `${peer.name} asks ${serviceId}/${dataId} tag ${tag} within ${timeout} ms`);
  session.request(serviceId, dataId, data, { timeout, signal }).then(
    () => {},
    (error: unknown) => {
      peer.leaks.error(error);
      world.tell(() => `request ${tag}: ${String(error)}`);
      if (error instanceof TimeoutError || error instanceof ConnectionLostError) world.note('failed', tag);
    },
  );
}

/** The way of the original: a message goes out, and its answer is taken from the receive buffer. */
function sendAndReceive(peer: Peer): void {
  const { world, session } = peer;
  const dataId = 500 + ++world.tags;
  session.send(10, dataId, { t: world.tags }, 0, 300).then(
    (isSent) => {
      if (isSent && !session.isClosed) receive(peer, 11, dataId, 200);
    },
    () => {},
  );
}

function receive(peer: Peer, serviceId: number, dataId: number, timeout: number): void {
  peer.receives++;
  peer.session.receive(serviceId, dataId, timeout).then(
    () => peer.receives--,
    () => peer.receives--,
  );
}

function reconnect(peer: Peer): void {
  if (peer.hasReconnected) return;
  peer.hasReconnected = true;
  peer.session.reconnect();
}

/** Whoever has switched `autoAuth` off does it by hand. */
function authenticate(peer: Peer): void {
  if (peer.role !== 'client' || peer.hasAuthenticated || peer.world.config.isAutoAuthOn) return;
  peer.hasAuthenticated = true;
  void peer.session.authenticate(peer.world.random.of(TIMEOUTS_MS));
}
