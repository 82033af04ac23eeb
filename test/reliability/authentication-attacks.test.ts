/** H1 to H6, H15 and H16: what an attacker says to a session, and what comes of it. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createMemoryPair, deriveKey, Session, STATUS_AUTH_REQUIRED } from '../../src/index.js';
import { watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { OTHER_DID, SECRET, TablePuppet, WHITELISTED_DID } from '../trust/authentication/puppet.js';

const SEED = 'seed'.repeat(16);
const UNTRUSTED = 0;
const SEED_REQUESTED = 1;
const SEED_SENT = 2;
const KEY_SENT = 3;

function connected(role: 'server' | 'client'): TablePuppet {
  const puppet = new TablePuppet(role);
  puppet.connect();
  return puppet;
}

/** A client that has asked for a seed. */
function asking(): TablePuppet {
  const puppet = connected('client');
  puppet.authenticate();
  puppet.pass(0);
  return puppet;
}

describe('H1: reflection on one connection', () => {
  test('H1: a server is silent when it gets its own seed back, and trusts nobody for it', () => {
    const puppet = connected('server');
    puppet.ask(0, 0);
    expect(puppet.ask(1, 0, puppet.lastSeed)).toEqual([]);
    expect(puppet.session.authenticationState).toBe(SEED_SENT);
    expect(puppet.session.counters.dropped.unexpected).toBe(1);
    puppet.ask(0, 1, puppet.lastSeed);
    expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
  });

  test('H1: a client answers a seed once', () => {
    const puppet = asking();
    expect(puppet.ask(1, 0, SEED)).toEqual([[0, 1, 0, deriveKey(SEED, Buffer.from(SECRET))]]);
    expect(puppet.ask(1, 0, SEED)).toEqual([]);
    expect(puppet.ask(1, 0, `other ${SEED}`)).toEqual([]);
  });

  test('H1: a client answers no seed on a connection on which it asked for none', () => {
    const puppet = asking();
    puppet.connect();
    expect(puppet.ask(1, 0, SEED)).toEqual([]);
    expect(puppet.session.authenticationState).toBe(UNTRUSTED);
  });

  test('H1: a client answers none of its own messages when they come back', () => {
    const puppet = asking();
    for (const { serviceId, dataId, data } of [...puppet.heard])
      expect(puppet.ask(serviceId, dataId, data)).toEqual([]);
    expect(puppet.session.authenticationState).toBe(SEED_REQUESTED);
  });
});

describe('H2: relay between a client and a server', () => {
  /** An attacker whom the client takes for its server, and the server for its client. */
  async function relayed(clientSecret: string, serverSecret: string): Promise<[boolean, boolean]> {
    const clock = new VirtualClock();
    const toClient = createMemoryPair({ clock });
    const toServer = createMemoryPair({ clock });
    toClient.server.registerCallback((payload) => toServer.client.send(Buffer.from(payload)));
    toServer.client.registerCallback((payload) => toClient.server.send(Buffer.from(payload)));
    const server = new Session(toServer.server, { clock, secret: serverSecret });
    toServer.client.reconnect();
    clock.advance(0);
    const client = new Session(toClient.client, { clock, secret: clientSecret, autoAuth: true });
    await clock.advanceAsync(1_000);
    return [client.isTrusted, server.isTrusted];
  }

  test('H2: works, as against any implementation: the handshake cannot tell who carries it', async () => {
    expect(await relayed('one secret for all of them', 'one secret for all of them')).toEqual([true, true]);
  });

  test('H2: gets nowhere where each pair has a secret of its own', async () => {
    expect(await relayed('a secret of this pair', 'a secret of that pair')).toEqual([false, false]);
  });
});

describe('H3: a verdict that nobody waits for', () => {
  test.each([
    ['Untrusted', () => connected('client'), UNTRUSTED],
    ['Seed requested', asking, SEED_REQUESTED],
  ])('H3: does not make a client in %s trusted', (_, puppetIn, state) => {
    const puppet = puppetIn();
    expect(puppet.ask(1, 1, true)).toEqual([]);
    expect(puppet.session.authenticationState).toBe(state);
    expect(puppet.session.isTrusted).toBe(false);
    expect(puppet.session.counters.dropped.unexpected).toBe(1);
  });

  test('H3: does not make a server trusted', () => {
    const puppet = connected('server');
    puppet.ask(0, 0);
    expect(puppet.ask(1, 1, true)).toEqual([]);
    expect(puppet.session.isTrusted).toBe(false);
  });
});

describe('H4: a key before a seed', () => {
  test.each([
    ['the key of no seed', deriveKey('', Buffer.from(SECRET))],
    ['the key of the word null', deriveKey('null', Buffer.from(SECRET))],
    ['no key', null],
    ['an empty key', ''],
  ])('H4: %s is wrong, and nothing else changes', (_, key) => {
    const puppet = connected('server');
    expect(puppet.ask(0, 1, key)).toEqual([]);
    expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
    expect(puppet.session.authenticationState).toBe(UNTRUSTED);
    expect(puppet.session.counters.failedAuthentications).toBe(1);
  });
});

describe('H5: a false server', () => {
  test('H5: runs no callback of the client before the client trusts it', () => {
    const puppet = asking();
    for (const step of [() => [], () => puppet.ask(1, 0, SEED)]) {
      step();
      expect(puppet.ask(10, OTHER_DID)).toEqual([[11, OTHER_DID, STATUS_AUTH_REQUIRED, null]]);
    }
    expect(puppet.ran).toEqual([]);
    puppet.ask(10, WHITELISTED_DID);
    expect(puppet.ran).toEqual([WHITELISTED_DID]);
  });

  test('H5: learns the key of its seed, and is trusted once it says okay: nothing proves a server', () => {
    const puppet = asking();
    const [key] = puppet.ask(1, 0, SEED);
    expect(key?.[3]).toBe(createHash('sha512').update(SEED).update(SECRET).digest('hex'));
    puppet.ask(1, 1, true);
    expect(puppet.session.isTrusted).toBe(true);
    puppet.ask(10, OTHER_DID);
    expect(puppet.ran).toEqual([OTHER_DID]);
  });
});

describe('H6: a seed that was chosen to get a key for it', () => {
  test.each([
    ['an empty text', ''],
    ['a text of 15 characters', 'x'.repeat(15)],
    ['a text of 1,025 characters', 'x'.repeat(1_025)],
    ['null', null],
    ['a number', 7],
    ['true', true],
    ['an array', [SEED]],
    ['an object', { seed: SEED }],
  ])('H6: %s gets no key, and authenticate() resolves with false', async (_, seed) => {
    const puppet = asking();
    expect(puppet.ask(1, 0, seed)).toEqual([]);
    await puppet.clock.advanceAsync(0);
    expect(puppet.authentication).toMatchObject({ state: 'resolved', value: false });
    expect(puppet.session.authenticationState).toBe(UNTRUSTED);
  });

  test.each([16, 1_024])('H6: a text of %i characters gets its key', (length) => {
    const puppet = asking();
    expect(puppet.ask(1, 0, 'x'.repeat(length))).toHaveLength(1);
    expect(puppet.session.authenticationState).toBe(KEY_SENT);
  });

  test('H6: the seed of the last handshake gets no key, not on another connection either', async () => {
    const puppet = asking();
    puppet.ask(1, 0, SEED);
    puppet.ask(1, 1, false);
    for (const again of [() => {}, () => puppet.connect()]) {
      again();
      const authentication = watch(puppet.session.authenticate());
      puppet.pass(0);
      expect(puppet.ask(1, 0, SEED)).toEqual([]);
      await puppet.clock.advanceAsync(0);
      expect(authentication.value).toBe(false);
    }
  });
});

describe('H15: length extension of the digest', () => {
  /** What follows a message of so many bytes inside SHA-512, before its digest. */
  function padding(byteLength: number): Buffer {
    const zeros = (240 - ((byteLength + 1) % 128)) % 128;
    const end = Buffer.alloc(1 + zeros + 16);
    end[0] = 0x80;
    end.writeBigUInt64BE(BigInt(byteLength) * 8n, end.length - 8);
    return end;
  }

  test('H15: a digest that goes on behind the secret fits no seed', () => {
    const puppet = connected('server');
    puppet.ask(0, 0);
    const seed = puppet.lastSeed;
    const hashed = Buffer.from(seed + SECRET);
    // what an attacker computes from the digest alone
    const extended = createHash('sha512').update(hashed).update(padding(hashed.length)).update('more');
    puppet.ask(0, 1, extended.digest('hex'));
    expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
    expect((hashed.length + padding(hashed.length).length) % 128).toBe(0);
  });
});

describe('H16: a seed and a secret whose border moves', () => {
  test('H16: give the same key where lengths are free, and so the seed of a server never is', () => {
    expect(deriveKey('ab', Buffer.from('c'))).toBe(deriveKey('a', Buffer.from('bc')));
    const puppet = connected('server');
    const seeds = new Set<string>();
    for (let connection = 0; connection < 10; connection++) {
      puppet.connect();
      for (let i = 0; i < 10; i++) {
        puppet.ask(0, 0);
        seeds.add(puppet.lastSeed);
      }
    }
    expect(seeds.size).toBe(100);
    for (const seed of seeds) expect(seed).toMatch(/^[0-9a-f]{64}$/);
  });

  test('H16: a key for a part of the seed is wrong', () => {
    const puppet = connected('server');
    puppet.ask(0, 0);
    const seed = puppet.lastSeed;
    puppet.ask(0, 1, deriveKey(seed.slice(0, -1), Buffer.from(SECRET)));
    expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
  });
});
