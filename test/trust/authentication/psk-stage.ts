/** C5: nobody steps into the traps of TLS with a pre-shared key, falls back to plain text, or stays open in silence. */

import { SecureServer } from '../../../src/transport/tls/secure-server.js';
import { authority, withKey } from '../../support/certificates.js';
import { PSK_TRAPS, runTrap } from '../../support/psk-traps.js';
import { LONG_SECRET, reasonOf, serverSettings, World } from '../../support/tls-worlds.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { Reached, Stage, StageContext } from '../stage.js';

const ROUNDS = { ci: 1, deep: 50, release: 200 };
const SILENT = { ci: 200, deep: 2_000, release: 2_000 };
const PSK = { psk: LONG_SECRET };

export const pskStage: Stage = {
  name: 'the traps of TLS',
  figures: ['C5'],
  run: async ({ budget }: StageContext) => [
    await traps(ROUNDS[budget]),
    await downgrades(ROUNDS[budget]),
    await silence(SILENT[budget]),
  ],
};

/** Runs something; returns what went wrong. */
async function flawOf(title: string, run: () => Promise<void>): Promise<string[]> {
  try {
    await run();
    return [];
  } catch (error) {
    return [`${title}: ${String(error)}`];
  }
}

async function traps(rounds: number): Promise<Reached> {
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++)
    for (const trap of PSK_TRAPS) failures.push(...(await flawOf(trap.title, () => runTrap(trap))));
  const failed = new Set(failures.map((failure) => failure.split(':')[0])).size;
  return {
    id: 'C5',
    what: 'the ten traps of TLS with a pre-shared key: nobody gets in without the key, whoever has it does',
    goal: `${PSK_TRAPS.length} of ${PSK_TRAPS.length}`,
    reached: `${PSK_TRAPS.length - failed} of ${PSK_TRAPS.length}`,
    isReached: failures.length === 0,
    failures: failures.slice(0, 10),
  };
}

/** What stands between the two sides, or is one of them: none of it leads to a connection. */
const ATTACKS: readonly (readonly [title: string, attack: (world: World) => Promise<string>])[] = [
  [
    'a client with TLS at a plain server',
    async (world) =>
      reasonOf(await world.connectOurs(await world.plain((socket) => socket.write(':<hello:>')), PSK)),
  ],
  [
    'a plain client at a server with TLS',
    async (world) => {
      const socket = await world.socketTo(await world.ours(PSK));
      socket.write(':<hello:>');
      await world.ended(1);
      return world.outcomes.map(reasonOf).join();
    },
  ],
  ['a hello without its newest version', (world) => throughBox(world, '\x03\x04', '\x03\x03')],
  ['a hello without its suite', (world) => throughBox(world, '\x13\x01', '\x13\x02')],
  [
    'a server with a certificate in the place of the key',
    async (world) => reasonOf(await world.connectOurs(await world.ours(withKey('server')), PSK)),
  ],
  [
    'a client with an authority in the place of the key',
    async (world) => reasonOf(await world.connectOurs(await world.ours(PSK), { ca: authority })),
  ],
];

/** A box in between that changes the hello. */
async function throughBox(world: World, from: string, to: string): Promise<string> {
  const port = await world.ours(PSK);
  const box = await world.plain(async (socket) => {
    const onward = (await world.socketTo(port)).on('error', () => {});
    socket.once('data', (hello: Buffer) => {
      onward.write(Buffer.from(hello.toString('latin1').replace(from, to), 'latin1'));
      socket.pipe(onward).pipe(socket);
    });
  });
  return reasonOf(await world.connectOurs(box, PSK));
}

async function downgrades(rounds: number): Promise<Reached> {
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [title, attack] of ATTACKS) {
      await using world = new World();
      const end = await attack(world);
      if (end === 'secured') failures.push(`${title}: it was connected`);
    }
  }
  return {
    id: 'C5',
    what: 'attempts to get plain text, or TLS without the key: a stripped hello, a plain peer, other credentials',
    goal: '0 connected',
    reached: `${failures.length} connected of ${rounds * ATTACKS.length}`,
    isReached: failures.length === 0,
    failures: failures.slice(0, 10),
  };
}

/** Half of them say nothing, the others begin a hello and do not go on. */
async function silence(count: number): Promise<Reached> {
  await using world = new World();
  const clock = new VirtualClock();
  const secure = new SecureServer(serverSettings(withKey('server')), clock);
  const port = await world.secured(secure);
  for (let opened = 0; opened < count; opened++) {
    const socket = (await world.socketTo(port)).on('error', () => {});
    if (opened % 2 === 0) socket.write(Buffer.from('160301', 'hex'));
  }
  while (secure.pending < count) await new Promise((passed) => setImmediate(passed));
  clock.advance(5_000);
  return {
    id: 'C5',
    what: 'TLS handshakes that do not go on, after handshakeTimeout',
    goal: '0 left open',
    reached: `${secure.pending} left open of ${count}`,
    isReached: secure.pending === 0 && clock.pending === 0,
  };
}
