/**
 * The ten traps of TLS with a pre-shared key in Node. Each shows the trap with Node alone, where there is one to show, and then
 * that our side does not step into it. The tests and the figure C5 run the same ones.
 */

import { equal, match, ok } from 'node:assert/strict';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { PSK_SUITES, pskOf, refuseAnyCertificate } from '../../src/transport/tls/psk.js';
import { authority, withKey } from './certificates.js';
import { LONG_SECRET, type Outcome, reasonOf, World } from './tls-worlds.js';

const PSK = { psk: LONG_SECRET };
const NAME = 'socket-protocol';
const KEY = pskOf(Buffer.from(LONG_SECRET), NAME, NAME);
const pskCallback = (): { psk: Buffer; identity: string } => ({ psk: KEY, identity: NAME });
const serverCallback = (_: unknown, identity: string): Buffer | null => (identity === NAME ? KEY : null);
const acceptsAll = (): undefined => undefined;

/** A careless client with a key, of Node alone. */
const CARELESS: ConnectionOptions = { pskCallback, checkServerIdentity: acceptsAll, ca: authority };

/** A trap, and how it is proven that nobody steps into it. */
export interface Trap {
  readonly title: string;
  run(world: World): Promise<void>;
}

/** As a test calls it: with a world of its own. */
export async function runTrap({ run }: Trap): Promise<void> {
  await using world = new World();
  await run(world);
}

function isSocket(result: TLSSocket | Error): asserts result is TLSSocket {
  if (result instanceof Error) throw result;
}

function socketIn(outcome: Outcome): TLSSocket {
  if ('failure' in outcome) throw outcome.failure ?? new Error('gone');
  return outcome.socket;
}

/** The ten rows, in their order. */
export const PSK_TRAPS: readonly Trap[] = [
  {
    title:
      'a server without the key but with a certificate of a trusted authority gets a careless client, and not ours',
    run: async (world) => {
      const port = await world.nodes(withKey('elsewhere'));
      const careless = await world.connectNodes(port, CARELESS);
      isSocket(careless);
      equal(careless.authorized, true);
      equal(reasonOf(await world.connectOurs(port, PSK)), 'tls-psk-refused');
    },
  },
  {
    title: 'a client that refuses every certificate is safe, even where it trusts the authority',
    run: async (world) => {
      const port = await world.nodes(withKey('elsewhere'));
      const checkServerIdentity: ConnectionOptions['checkServerIdentity'] = (_, certificate) =>
        refuseAnyCertificate(certificate);
      const result = await world.connectNodes(port, { ...CARELESS, checkServerIdentity });
      match(String(result), /showed a certificate/);
    },
  },
  {
    title: 'a client that trusts no authority at all is safe, too',
    run: async (world) => {
      const port = await world.nodes(withKey('elsewhere'));
      ok((await world.connectNodes(port, { ...CARELESS, ca: [] })) instanceof Error);
    },
  },
  {
    title: 'with TLS 1.2 such a server gets nobody: it has no suite with a key',
    run: async (world) => {
      const port = await world.nodes({ ...withKey('elsewhere'), maxVersion: 'TLSv1.2' });
      const old: ConnectionOptions = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-PSK-CHACHA20-POLY1305' };
      ok((await world.connectNodes(port, { ...CARELESS, ...old })) instanceof Error);
      equal(reasonOf(await world.connectOurs(port, PSK)), 'tls-psk-refused');
    },
  },
  {
    title: 'a genuine key with TLS 1.3 counts as a resumed session, and there is no certificate',
    run: async (world) => {
      const port = await world.ours(PSK);
      const socket = socketIn(await world.connectOurs(port, PSK));
      equal(socket.getProtocol(), 'TLSv1.3');
      equal(socket.isSessionReused(), true);
      equal(Object.keys(socket.getPeerCertificate()).length, 0);
    },
  },
  {
    title: 'a genuine key with TLS 1.2 does not, and the check of certificates is asked about an empty one',
    run: async (world) => {
      const port = await world.nodes({
        pskCallback: serverCallback,
        maxVersion: 'TLSv1.2',
        ciphers: PSK_SUITES,
      });
      const socket = socketIn(await world.connectOurs(port, PSK));
      equal(socket.getProtocol(), 'TLSv1.2');
      equal(socket.isSessionReused(), false);
      equal(refuseAnyCertificate({} as never), undefined);
    },
  },
  {
    title: 'a server with a key and a certificate lets in whoever has no key; ours refuses to be one',
    run: async (world) => {
      let asked = 0;
      const port = await world.nodes({
        ...withKey('server'),
        pskCallback: (socket, identity) => {
          asked++;
          return serverCallback(socket, identity);
        },
      });
      isSocket(await world.connectNodes(port, { ca: authority }));
      equal(asked, 0);
      await world.ours({ ...PSK, ...withKey('server') }).then(
        () => ok(false, 'it is one'),
        (error) => equal(error.option, 'tls.cert'),
      );
    },
  },
  {
    title: 'a server without a certificate refuses a client without a key',
    run: async (world) => {
      const port = await world.ours(PSK);
      ok((await world.connectNodes(port, { rejectUnauthorized: false })) instanceof Error);
      equal(reasonOf(await world.connectOurs(port, { ca: authority })), 'tls-handshake-failed');
      await world.ended(2);
      ok(world.outcomes.every((outcome) => reasonOf(outcome) === 'tls-psk-refused'));
    },
  },
  {
    title: 'to a server, a client with the right key is not "authorized": ours asks which key it was',
    run: async (world) => {
      const port = await world.ours(PSK);
      socketIn(await world.connectOurs(port, PSK));
      await world.ended(1);
      const [outcome] = world.outcomes;
      if (outcome === undefined || !('socket' in outcome)) throw new Error('it came to nothing');
      equal(outcome.socket.authorized, false);
      equal(outcome.peer?.pskIdentity, NAME);
    },
  },
  {
    title: 'with SHA-384 a key of 32 bytes comes to nothing: ours offers suites with SHA-256 alone',
    run: async (world) => {
      const port = await world.nodes({ pskCallback: serverCallback, ciphers: 'TLS_AES_256_GCM_SHA384' });
      const long: ConnectionOptions = { ciphers: 'TLS_AES_256_GCM_SHA384', ca: [] };
      ok((await world.connectNodes(port, { ...CARELESS, ...long })) instanceof Error);
      const both = await world.nodes({
        pskCallback: serverCallback,
        ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256',
      });
      equal(socketIn(await world.connectOurs(both, PSK)).getCipher().name, 'TLS_AES_128_GCM_SHA256');
    },
  },
];
