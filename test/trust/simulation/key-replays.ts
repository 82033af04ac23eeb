/**
 * Somebody who has overheard a key, and says it to a client that has come back and waits until its user authenticates:
 * only where that is done by hand, because a client that does it by itself is never untrusted and idle on a link. Decided
 * apart from a world's chance, so that all other worlds stay as they are.
 */

import { Random } from '../random.js';
import type { Peer } from './peer.js';
import type { World } from './world.js';

/** In this part of a world's time keys can be overheard. */
const LISTENS_FOR = 0.4;

/** Puts the one who replays keys on a world's time, and the users whose keys he hears. */
export function planKeyReplays(world: World, authenticate: (peer: Peer) => void): void {
  const { config, time, network, clients } = world;
  if (!config.isHostile || config.isAutoAuthOn) return;
  const random = new Random(world.seed ^ 0x6b_65_79);
  const listensForMs = config.activeMs * LISTENS_FOR;
  for (const client of clients) {
    time.after(random.below(listensForMs), () => client.party.hear(() => authenticate(client)));
  }
  // a client that comes back waits, and knows nothing of the key that it once sent
  time.after(listensForMs, () => {
    if (!world.isHealed) network.resetAll();
  });
  for (let n = random.between(2, 6); n > 0; n--) {
    time.after(random.between(listensForMs, config.activeMs), () => replay(world, random));
  }
}

/** Says a key that was right once to a client, which asked for none. */
function replay(world: World, random: Random): void {
  const { isHealed, keys, network } = world;
  const links = network.aliveLinks;
  if (isHealed || keys.length === 0 || links.length === 0) return;
  const key = random.of(keys);
  world.note('replays a key', key.length);
  random.of(links).down.carry(key, 0);
}
