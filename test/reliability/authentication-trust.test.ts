/** H9 to H13: how long a seed and a trust last, and what happens without them. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AuthenticationError, deriveKey, STATUS_AUTH_REQUIRED } from '../../src/index.js';
import { pureJson } from '../../src/wire/index.js';
import { payloadOf } from '../support/bytes.js';
import { Pair, watch } from '../support/pair.js';
import { OTHER_DID, SECRET, TablePuppet } from '../trust/authentication/puppet.js';

const UNTRUSTED = 0;
const SEED_SENT = 2;
const TRUSTED = 4;
const SECURITY_POLICY = new URL('../../SECURITY.md', import.meta.url);

function connected(role: 'server' | 'client' = 'server'): TablePuppet {
  const puppet = new TablePuppet(role);
  puppet.connect();
  return puppet;
}

function keyFor(seed: string): string {
  return deriveKey(seed, Buffer.from(SECRET));
}

/** A server that trusts its peer. */
function trusting(): TablePuppet {
  const puppet = connected();
  puppet.ask(0, 0);
  expect(puppet.ask(0, 1, puppet.rightKey())).toEqual([[1, 1, 0, true]]);
  return puppet;
}

describe('H9: a seed or a key that is used again', () => {
  test('H9: each seed is another one, on every connection', () => {
    const puppet = connected();
    const seeds = [0, 1, 2].flatMap(() => {
      puppet.connect();
      return [0, 1, 2].map(() => puppet.ask(0, 0)[0]?.[3]);
    });
    expect(new Set(seeds).size).toBe(9);
  });

  test('H9: a seed serves one key: the right one comes too late after a wrong one', () => {
    const puppet = connected();
    puppet.ask(0, 0);
    puppet.ask(0, 1, 'wrong');
    puppet.ask(0, 1, puppet.rightKey());
    expect(puppet.pass(400)).toEqual([
      [1, 1, 0, false],
      [1, 1, 0, false],
    ]);
    expect(puppet.session.authenticationState).toBe(UNTRUSTED);
  });

  test('H9: a key for an older seed of the connection is wrong', () => {
    const puppet = connected();
    puppet.ask(0, 0);
    const old = puppet.rightKey();
    puppet.ask(0, 0);
    puppet.ask(0, 1, old);
    expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
  });

  test('H9: a key that was right on one connection is wrong on the next, with a seed there and without', () => {
    const puppet = trusting();
    const key = puppet.rightKey();
    puppet.connect();
    puppet.ask(0, 1, key);
    puppet.ask(0, 0);
    puppet.ask(0, 1, key);
    expect(puppet.pass(400)).toEqual([
      [1, 1, 0, false],
      [1, 1, 0, false],
    ]);
  });

  test.each([
    [9_999, TRUSTED],
    [10_000, UNTRUSTED],
  ])('H9: a key after %i ms leaves the server in state %i', (ms, state) => {
    const puppet = connected();
    puppet.ask(0, 0);
    puppet.pass(ms);
    puppet.ask(0, 1, puppet.rightKey());
    expect(puppet.session.authenticationState).toBe(state);
  });

  test.each([
    ['in upper case', (key: string) => key.toUpperCase()],
    ['with a space behind it', (key: string) => `${key} `],
    ['without its last character', (key: string) => key.slice(0, -1)],
    ['twice', (key: string) => key + key],
    ['in an array', (key: string) => [key]],
  ])('H9: the right key %s is wrong', (_, change) => {
    const puppet = connected();
    puppet.ask(0, 0);
    puppet.ask(0, 1, change(puppet.rightKey()));
    expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
  });
});

describe('H10: messages of another state or role', () => {
  test('H10: a seed request ends the trust until there is a new right key', () => {
    const puppet = trusting();
    puppet.ask(0, 0);
    expect(puppet.session.isTrusted).toBe(false);
    expect(puppet.ask(10, OTHER_DID)).toEqual([[11, OTHER_DID, STATUS_AUTH_REQUIRED, null]]);
    expect(puppet.ran).toEqual([]);
    puppet.ask(0, 1, puppet.rightKey());
    puppet.ask(10, OTHER_DID);
    expect(puppet.ran).toEqual([OTHER_DID]);
  });

  test('H10: a second key gets false, counts as wrong, and the trust stays', () => {
    const puppet = trusting();
    puppet.ask(0, 1, puppet.rightKey());
    expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
    expect(puppet.session.isTrusted).toBe(true);
    expect(puppet.session.counters.failedAuthentications).toBe(1);
  });

  test('H10: neither role moves on the messages that it sends itself', () => {
    const server = trusting();
    for (const data of [true, false, null]) expect(server.ask(1, 1, data)).toEqual([]);
    expect(server.ask(1, 0, 'seed'.repeat(16))).toEqual([]);
    expect(server.session.authenticationState).toBe(TRUSTED);
    expect(server.session.counters.dropped.unexpected).toBe(4);

    const client = connected('client');
    expect([...client.ask(0, 0), ...client.ask(0, 1, keyFor(''))]).toEqual([]);
    expect(client.session.counters.dropped.unexpected).toBe(2);
  });
});

describe('H11: a side without the secret', () => {
  test('H11: a client whose server has none sends nothing that needs trust', async () => {
    const pair = await Pair.connected({ client: { secret: SECRET } });
    const sent: number[] = [];
    const send = pair.clientComm.send.bind(pair.clientComm);
    pair.clientComm.send = (payload) => {
      sent.push(pureJson.decode(payload).serviceId);
      return send(payload);
    };
    expect(await pair.client.send(50, 0, 'data')).toBe(false);
    const read = watch(pair.client.read(0, { timeout: 500 }));
    const authentication = watch(pair.client.authenticate());
    await pair.clock.advanceAsync(0);
    expect(authentication.value).toBe(false);
    expect(read.error).toBeInstanceOf(AuthenticationError);
    expect(read.error).toMatchObject({ reason: 'peer-has-no-secret' });
    await pair.clock.advanceAsync(500);
    expect(sent).toEqual([]);
    expect(await pair.close()).toBe(0);
  });

  test('H11: a server whose client has none runs nothing for it, and its own requests wait', async () => {
    const pair = await Pair.connected({ server: { secret: SECRET } });
    let runs = 0;
    pair.server.onRead(0, () => runs++);
    const read = watch(pair.client.read(0));
    const own = watch(pair.server.read(0, { timeout: 500 }));
    await pair.clock.advanceAsync(500);
    expect(read.error).toMatchObject({ status: STATUS_AUTH_REQUIRED });
    expect(own.error).toMatchObject({ code: 'ERR_TIMEOUT', written: false });
    expect(runs).toBe(0);
    expect(await pair.server.send(50, 0)).toBe(false);
    expect(await pair.close()).toBe(0);
  });
});

describe('H12: bytes that an attacker puts into a trusted connection', () => {
  test('H12: are believed: the trust is that of the connection, not of each message', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    let runs = 0;
    pair.server.onExecute(0, () => runs++);
    pair.clientComm.send(payloadOf(30, 0));
    await pair.settle();
    expect(runs).toBe(1);
    expect(await pair.close()).toBe(0);
  });

  test.skipIf(!existsSync(SECURITY_POLICY))('H12: are what the security policy speaks of', () => {
    expect(readFileSync(SECURITY_POLICY, 'utf8')).toMatch(/inject|put in messages|writes anything/i);
  });
});

describe('H13: trust and the end of its connection', () => {
  test.each([
    ['the link breaks', (pair: Pair) => pair.clientComm.cut()],
    ['the client reconnects', (pair: Pair) => pair.client.reconnect()],
    ['the server closes it', (pair: Pair) => pair.serverComm.disconnect('link-closed')],
  ])('H13: neither side trusts the other when %s', async (_, end) => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    expect([pair.client.isTrusted, pair.server.isTrusted]).toEqual([true, true]);
    const [trusts, ends]: string[][] = [[], []];
    pair.server.on('trusted', () => trusts?.push('trusted'));
    pair.server.on('untrusted', () => ends?.push('untrusted'));
    end(pair);
    await pair.clock.advanceAsync(1_000);
    // another handshake, and not the trust of before
    expect([trusts, ends]).toEqual([['trusted'], ['untrusted']]);
    expect(await pair.close()).toBe(0);
  });

  test('H13: the next peer of a server begins without the trust and without the seed of the last', () => {
    for (const puppet of [trusting(), connected()]) {
      puppet.ask(0, 0);
      expect(puppet.session.authenticationState).toBe(SEED_SENT);
      const key = puppet.rightKey();
      puppet.connect();
      expect(puppet.session.authenticationState).toBe(UNTRUSTED);
      expect(puppet.ask(10, OTHER_DID)).toEqual([[11, OTHER_DID, STATUS_AUTH_REQUIRED, null]]);
      puppet.ask(0, 1, key);
      expect(puppet.pass(100)).toEqual([[1, 1, 0, false]]);
    }
  });
});
