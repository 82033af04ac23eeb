/**
 * Users that want much at once, in both directions: requests by the dozen, some of whose callbacks ask back, and large
 * messages. In a share of the worlds, decided apart from their chance, so that the others stay as they are.
 */

import { Random } from '../random.js';
import type { Peer } from './peer.js';
import type { World } from './world.js';

const SHARE = 0.04;
/** 100 asks back in a third of the cases, 30 echoes. */
const SERVICES = [30, 100, 100];
const LARGE_CHARACTERS = 20_000;
const SEND_TIMEOUT_MS = 2_500;

/** Makes a request as all users do. */
type Ask = (peer: Peer, serviceId: number) => void;

/** Puts what such users want on a world's time, if it has some. */
export function planBulk(world: World, ask: Ask): void {
  const random = new Random(world.seed ^ 0x0b_0b_0b);
  if (!random.chance(SHARE)) return;
  const atMs = random.below(world.config.activeMs);
  const count = random.of([10, 30, 80]);
  const messages = random.of([0, 3, 10]);
  world.time.after(atMs, () => {
    world.note('bulk', count);
    for (const peer of [...world.peers()]) {
      for (let n = 0; n < count && !peer.session.isClosed; n++) ask(peer, random.of(SERVICES));
      for (let n = 0; n < messages && !peer.session.isClosed; n++) sendLarge(peer);
    }
  });
}

function sendLarge({ world, session }: Peer): void {
  const tag = ++world.tags;
  session.send(10, 500 + tag, { t: tag, pad: 'x'.repeat(LARGE_CHARACTERS) }, 0, SEND_TIMEOUT_MS).then(
    () => {},
    () => {},
  );
}
