/**
 * Moments of authentication that chance alone brings about too seldom, in hostile worlds where it is done by hand: a peer
 * that authenticates by itself is hardly ever untrusted and idle on a link. Decided apart from a world's chance, so that
 * all other worlds stay as they are.
 */

import { Message } from '../../../src/index.js';
import { encodeStp } from '../../../src/wire/index.js';
import { Random } from '../random.js';
import type { Peer } from './peer.js';
import { WHITELISTED } from './side.js';
import type { World } from './world.js';

/** In this part of a world's time keys can be overheard. */
const LISTENS_FOR = 0.4;

/** What users do of themselves in other moments. */
export interface Users {
  authenticate(peer: Peer): void;
  request(peer: Peer, serviceId: number, dataId: number): void;
}

/** Puts such moments on a world's time. */
export function planRareMoments(world: World, users: Users): void {
  const { config, time } = world;
  if (!config.isHostile || config.isAutoAuthOn) return;
  const random = new Random(world.seed ^ 0x6b_65_79);
  const listensForMs = config.activeMs * LISTENS_FOR;
  planKeyReplays(world, users, random, listensForMs);
  for (let n = random.between(1, 3); n > 0; n--) {
    time.after(random.between(listensForMs, config.activeMs), () => askAmidHandshake(world, users, random));
  }
}

/** Somebody overhears a key, and says it to a client that has come back and waits until its user authenticates. */
function planKeyReplays(world: World, users: Users, random: Random, listensForMs: number): void {
  const { config, time, network, clients } = world;
  for (const client of clients) {
    time.after(random.below(listensForMs), () => client.party.hear(() => askAndAuthenticate(client, users)));
  }
  // a client that comes back waits, and knows nothing of the key that it once sent
  time.after(listensForMs, () => {
    if (!world.isHealed) network.resetAll();
  });
  for (let n = random.between(2, 6); n > 0; n--) {
    time.after(random.between(listensForMs, config.activeMs), () => replay(world, random));
  }
}

/** The answer to what needs no trust comes while the client waits for its seed. */
function askAndAuthenticate(client: Peer, { request, authenticate }: Users): void {
  if (client.session.isClosed) return;
  request(client, WHITELISTED.serviceId, WHITELISTED.dataId);
  authenticate(client);
}

function replay(world: World, random: Random): void {
  const { isHealed, keys, network } = world;
  const links = network.aliveLinks;
  if (isHealed || keys.length === 0 || links.length === 0) return;
  const key = random.of(keys);
  world.note('replays a key', key.length);
  random.of(links).down.carry(key, 0);
}

/** Somebody asks for a seed and sends no key, while a user of the server asks what needs no trust. */
function askAmidHandshake(world: World, { request }: Users, random: Random): void {
  const { codec, isHealed, network, servers } = world;
  const links = network.aliveLinks;
  const open = servers.filter(({ session }) => session.isConnected());
  if (isHealed || links.length === 0 || open.length === 0) return;
  const seedRequest = encodeStp(codec.encode(new Message({ serviceId: 0, dataId: 0, data: null })));
  world.note('asks for a seed', seedRequest.length);
  random.of(links).up.carry(seedRequest, 0);
  const server = random.of(open);
  server.party.hear(() => request(server, WHITELISTED.serviceId, WHITELISTED.dataId));
}
