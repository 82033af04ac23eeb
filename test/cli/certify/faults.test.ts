/** Servers with one fault each: `certify` finds it, and nothing on a sound one. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../../src/cli/certify/rules/index.js';
import { type Fault, PlainServer } from './plain-server.js';
import { certifyVirtually, idsOf, verdictOn } from './run-virtually.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';

const A = 'authentication';

/** Each fault, and the rules that must find it: these and no others. */
const FAULTS: Readonly<Record<Fault, readonly string[]>> = {
  'accepts a key without a seed': [
    `${A}/key-without-seed`,
    `${A}/seed-of-another-connection`,
    `${A}/spent-seed`,
  ],
  'accepts any key for a seed': [
    `${A}/key-that-is-no-text`,
    `${A}/old-seed`,
    `${A}/third-wrong-key`,
    `${A}/wrong-key`,
  ],
  'answers a key with 1': [`${A}/right-key`],
  'answers before trust': [`${A}/before-trust`, `${A}/execute-before-trust`, `${A}/write-before-trust`],
  'answers equal ids out of order': ['order/equal-ids'],
  'answers responses': ['dispatch/response'],
  // nothing that READ would show can be seen
  'answers with another data id': [
    `${A}/before-trust`,
    `${A}/disconnect`,
    `${A}/key-that-is-no-text`,
    `${A}/key-without-seed`,
    `${A}/old-seed`,
    `${A}/right-key`,
    `${A}/seed-of-another-connection`,
    `${A}/verdict-from-client`,
    `${A}/wrong-key`,
    'dispatch/ids',
    'dispatch/other-ids',
    'status/unknown-data',
  ],
  'believes any checksum': ['message/checksum'],
  'breaks at deep data': ['limit/deep-data'],
  'damages every tenth checksum': ['message/sent'],
  // the data that is read has one
  'does not escape colons in data': ['framing/escapes'],
  // nothing at all can be read
  'escapes nothing': ['framing/escapes'],
  'hangs up at a frame that is cut': ['framing/bytes', 'framing/cut'],
  'hangs up at nonsense': ['message/nonsense'],
  'has another name each time': ['name/again'],
  'ignores frames over 64 KiB': ['framing/long'],
  'is moved by an answer to a key': [`${A}/verdict-from-client`],
  'keeps a seed for the next connection': [`${A}/seed-of-another-connection`],
  'keeps trust for the next connection': [
    `${A}/before-trust`,
    `${A}/disconnect`,
    `${A}/execute-before-trust`,
    `${A}/key-without-seed`,
    `${A}/seed-of-another-connection`,
    `${A}/verdict-from-client`,
    `${A}/write-before-trust`,
  ],
  'knows all data': ['status/unknown-data'],
  'loses every 50th answer': ['order/every-answer'],
  'prints to the line': ['framing/nothing-else'],
  'reads one frame of a segment': [
    'dispatch/other-ids',
    'framing/empty',
    'framing/joined',
    'order/equal-ids',
    'order/every-answer',
  ],
  'refuses NaN': ['message/python-json'],
  'sends a damaged frame': ['message/sent'],
  'sends data with a refusal': [`${A}/before-trust`, `${A}/execute-before-trust`, `${A}/write-before-trust`],
  'sends one seed again and again': [`${A}/fresh-seeds`],
  'takes a key twice': [`${A}/spent-seed`],
  'trusts an old seed': [`${A}/old-seed`],
  'wants the fields in the order of the original': ['message/key-order'],
};

/** It is 17 MiB, and no fault is about it. */
const RULES_OF_FAULTS = RULES.filter(({ id }) => id !== 'limit/endless-frame');

describe('a sound server', { timeout: 60_000 }, () => {
  test('with a secret differs in nothing', async () => {
    const outcome = await certifyVirtually(new PlainServer(SECRET).open, { secret: SECRET, channel: 'c' });
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    expect(idsOf(outcome.results, 'not judged')).toEqual([
      `${A}/no-secret-key`,
      `${A}/no-secret-seed`,
      'name/another',
    ]);
    expect(outcome.timers).toBe(0);
  });

  test('without one differs in nothing', async () => {
    const outcome = await certifyVirtually(new PlainServer(null).open, { rules: RULES_OF_FAULTS });
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    expect(verdictOn(outcome, `${A}/no-secret-seed`)).toEqual({ kind: 'holds', text: '' });
    expect(verdictOn(outcome, `${A}/wrong-key`)).toEqual({
      kind: 'not judged',
      text: 'the peer has no secret',
    });
  });

  test('is asked for nothing but the channel name, READs and authentication unless more is allowed', async () => {
    const server = new PlainServer(SECRET);
    await certifyVirtually(server.open, {
      secret: SECRET,
      wishes: { write: null, execute: null, allowsAttacks: false },
    });
    const services = new Set(server.asked.map((asked) => asked.split(' ')[0]));
    // 1 and 11 are responses, which nobody asked for; the last is a service that nobody has
    expect([...services].sort()).toEqual(['0', '1', '10', '11', '2053701648', '8']);
    expect(server.refused).toBe(5);
  });

  test('refuses no more than two keys of somebody who does not have the secret', async () => {
    const server = new PlainServer(SECRET);
    const { results } = await certifyVirtually(server.open, { wishes: { allowsAttacks: false } });
    expect(server.refused).toBe(2);
    expect(idsOf(results, 'differs')).toEqual([]);
  });
});

test('docs/certify.md tells how many faults there are', () => {
  const page = readFileSync(new URL('../../../docs/certify.md', import.meta.url), 'utf8');
  expect(page).toContain(`(${Object.keys(FAULTS).length} so far)`);
});

describe('a server that', { timeout: 60_000 }, () => {
  test.each(
    Object.entries(FAULTS) as [Fault, readonly string[]][],
  )('%s is found out', async (fault, rules) => {
    const outcome = await certifyVirtually(new PlainServer(SECRET, fault).open, {
      secret: SECRET,
      rules: RULES_OF_FAULTS,
    });
    expect(idsOf(outcome.results, 'differs')).toEqual(rules);
    expect(outcome.timers).toBe(0);
  });
});
