/** Clients with one fault each: `certify --listen` finds it, and nothing on a sound one. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OpenLink } from '../../../src/cli/certify/link.js';
import { CLIENT_RULES } from '../../../src/cli/certify/rules/index.js';
import { peer } from './peers.js';
import { type ClientFault, PlainClient } from './plain-client.js';
import { certifyVirtually, idsOf, verdictOn } from './run-virtually.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
const WAIT_MS = 10_000;

const A = 'authentication';
/** What shows that a client trusts nobody yet. */
const BEFORE_TRUST = [`${A}/before-trust`, `${A}/execute-before-trust`, `${A}/write-before-trust`];

/** Each fault, and the rules that must find it: these and no others. */
const FAULTS: Readonly<Record<ClientFault, readonly string[]>> = {
  'answers any seed': [`${A}/second-seed`, `${A}/seed-unasked`],
  'answers before trust': [
    ...BEFORE_TRUST,
    `${A}/before-verdict`,
    `${A}/disconnect`,
    `${A}/no-seed`,
    `${A}/odd-verdict`,
    `${A}/refused`,
  ],
  'answers equal ids out of order': ['order/equal-ids'],
  'answers nothing': ['dispatch/answered'],
  'answers requests for a seed': [`${A}/requests`],
  'answers responses': ['dispatch/response'],
  'answers with another data id': ['dispatch/answered'],
  'asks for a seed before its name': ['name/asked'],
  'asks for a seed once': [`${A}/seed-request`],
  'believes a verdict before its key': [`${A}/verdict-unasked`],
  'believes any checksum': ['message/checksum'],
  'breaks at another name': ['name/answer-unasked'],
  'breaks at deep data': ['limit/deep-data'],
  'comes once': ['connection/returns'],
  'damages every tenth checksum': ['message/sent'],
  // the data that is read has one
  'does not escape colons in data': ['framing/escapes'],
  'hangs up at a second verdict': [`${A}/second-verdict`],
  'hangs up at nonsense': ['message/nonsense'],
  'hashes the secret before the seed': [`${A}/key`],
  'ignores frames over 64 KiB': ['framing/long'],
  'is moved by a second verdict': [`${A}/second-verdict`],
  'keeps trust for the next connection': [
    ...BEFORE_TRUST,
    `${A}/before-verdict`,
    `${A}/disconnect`,
    `${A}/no-seed`,
  ],
  'knows all data': ['status/unknown-data'],
  'loses every 50th answer': ['order/every-answer'],
  'never trusts': [`${A}/trusted`],
  'prints to the line': ['framing/nothing-else'],
  'reads one frame of a segment': [
    'dispatch/other-ids',
    'framing/empty',
    'framing/joined',
    'order/equal-ids',
    'order/every-answer',
  ],
  'sends data with a refusal': BEFORE_TRUST,
  'sends one key again and again': [`${A}/key`, `${A}/key-form`],
  'takes 1 for true': [`${A}/odd-verdict`],
  'trusts a server without a secret': [`${A}/no-seed`],
  'trusts any verdict': [`${A}/odd-verdict`, `${A}/refused`],
  'trusts with its key': [`${A}/before-verdict`],
  'writes keys in upper case': [`${A}/key-form`],
};

/** It is 17 MiB, no fault is about it, and it is the same for servers. */
const RULES_OF_FAULTS = CLIENT_RULES.filter(({ id }) => id !== 'limit/endless-frame');

describe('a sound client', { timeout: 60_000 }, () => {
  test('with a secret differs in nothing', async () => {
    const client = new PlainClient(SECRET);
    const outcome = await certifyVirtually(client.open, {
      secret: SECRET,
      waitMs: WAIT_MS,
      rules: RULES_OF_FAULTS,
    });
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    expect(idsOf(outcome.results, 'not judged')).toEqual([]);
    expect(idsOf(outcome.results, 'observed')).toEqual([`${A}/repeated-seed`, 'limit/untrusted-frame']);
    expect(outcome.timers).toBe(0);
  });

  test('with a secret that nobody told us is judged all the same, but for its key', async () => {
    const client = new PlainClient(SECRET);
    const outcome = await certifyVirtually(client.open, { waitMs: WAIT_MS, rules: RULES_OF_FAULTS });
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    expect(idsOf(outcome.results, 'not judged')).toEqual([`${A}/key`]);
    expect(verdictOn(outcome, `${A}/key`).text).toBe('needs the secret: --secret-file FILE');
  });

  test('without a secret differs in nothing', async () => {
    const client = new PlainClient(null);
    const outcome = await certifyVirtually(client.open, { waitMs: WAIT_MS, rules: RULES_OF_FAULTS });
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    expect(verdictOn(outcome, `${A}/seed-unasked`)).toEqual({ kind: 'holds', text: '' });
    expect(verdictOn(outcome, `${A}/seed-request`)).toEqual({
      kind: 'not judged',
      text: 'the peer asks for no seed; if it has a secret: --secret-file FILE',
    });
  });

  test('without a secret, where we have one, is told that it asks for no seed', async () => {
    const client = new PlainClient(null);
    const outcome = await certifyVirtually(client.open, {
      secret: SECRET,
      waitMs: WAIT_MS,
      rules: RULES_OF_FAULTS,
    });
    expect(idsOf(outcome.results, 'differs')).toEqual([`${A}/seed-request`]);
  });

  test('with another secret is told so, and judged all the same', async () => {
    const client = new PlainClient('another');
    const outcome = await certifyVirtually(client.open, {
      secret: SECRET,
      waitMs: WAIT_MS,
      rules: RULES_OF_FAULTS,
    });
    expect(idsOf(outcome.results, 'differs')).toEqual([`${A}/key`]);
    expect(verdictOn(outcome, `${A}/key`).text).toMatch(/the secret is not ours/);
  });

  test('is asked for nothing but READs, and sent nothing that refuses it but once, unless more is allowed', async () => {
    const client = new PlainClient(SECRET);
    await certifyVirtually(client.open, {
      secret: SECRET,
      waitMs: WAIT_MS,
      wishes: { write: null, execute: null, allowsAttacks: false },
    });
    const services = new Set(client.asked.map((asked) => asked.split(' ')[0]));
    // 0 is what a client must not answer, 1, 9 and 11 are responses; the last is a service that nobody has
    expect([...services].sort()).toEqual(['0', '1', '10', '11', '2053701648', '9']);
  });

  test('without a name gets ours, where it may, and else none', async () => {
    const rules = CLIENT_RULES.filter(({ id }) => id === 'authentication/requests');
    for (const channel of ['tester', null]) {
      const client = new PlainClient(SECRET);
      await certifyVirtually(client.open, { channel, waitMs: WAIT_MS, rules });
      expect(client.names).toEqual([channel]);
    }
  });

  test('keeps its connection from rule to rule, but where a rule needs a new one', async () => {
    const client = new PlainClient(SECRET);
    const rules = CLIENT_RULES.filter(({ id }) => /^(?:framing|message|status|dispatch)\//.test(id));
    await certifyVirtually(client.open, { secret: SECRET, waitMs: WAIT_MS, rules });
    expect(client.connections).toBe(1);
  });
});

test('docs/certify.md tells how many faults there are', () => {
  const page = readFileSync(new URL('../../../docs/certify.md', import.meta.url), 'utf8');
  expect(page).toContain(`clients (${Object.keys(FAULTS).length} so far)`);
});

test('a client that does not come is an error', async () => {
  const nobody: OpenLink = () => ({ write: () => {}, end: () => {}, destroy: () => {} });
  const run = certifyVirtually(nobody, { waitMs: WAIT_MS });
  await expect(run).rejects.toMatchObject({ name: 'ConnectError', reason: 'connect-timeout' });
});

test('a client that says nothing differs in that, and nothing else is judged', async () => {
  const outcome = await certifyVirtually(peer({}), { waitMs: WAIT_MS, rules: RULES_OF_FAULTS });
  expect(idsOf(outcome.results, 'differs')).toEqual(['name/asked']);
  expect(idsOf(outcome.results, 'holds')).toEqual(['connection/returns']);
  expect(verdictOn(outcome, 'framing/whole').text).toBe('the peer does not speak within 1000 ms');
  expect(outcome.timers).toBe(0);
});

test('an interruption ends the wait for a client', async () => {
  const client = new PlainClient(null, 'comes once');
  const interruption = new AbortController();
  const run = certifyVirtually(client.open, {
    waitMs: WAIT_MS,
    interrupted: interruption.signal,
    surveyed: () => setImmediate(() => interruption.abort(new Error('interrupted'))),
  });
  await expect(run).rejects.toThrow('interrupted');
});

describe('a client that', { timeout: 60_000 }, () => {
  test.each(
    Object.entries(FAULTS) as [ClientFault, readonly string[]][],
  )('%s is found out', async (fault, rules) => {
    const outcome = await certifyVirtually(new PlainClient(SECRET, fault).open, {
      secret: SECRET,
      waitMs: WAIT_MS,
      rules: RULES_OF_FAULTS,
    });
    expect(idsOf(outcome.results, 'differs')).toEqual([...rules].sort());
    expect(outcome.timers).toBe(0);
  });
});
