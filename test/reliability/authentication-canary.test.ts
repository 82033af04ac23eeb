/** C4, F20 and I12: no secret, seed or key is in anything that comes out of a session. */

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CANARY, CanaryWorld } from '../trust/authentication/canary.js';
import { STORIES } from '../trust/authentication/canary-stories.js';
import { findLeaks } from '../trust/authentication/leaks.js';
import { Outputs } from '../trust/authentication/output.js';

const secrets = new Map([['the secret', Buffer.from(CANARY)]]);
const STORY_TIMEOUT_MS = 60_000;

describe('C4: a canary for a secret', () => {
  test.each(Object.entries(STORIES))(
    'C4, F20, I12: comes out nowhere: %s',
    async (_, tell) => {
      const outputs = new Outputs();
      const world = new CanaryWorld(outputs, 1);
      await outputs.withWarnings(() => tell(world));
      expect(outputs.characters).toBeGreaterThan(1_000);
      expect(findLeaks(world.secrets, outputs)).toEqual([]);
    },
    STORY_TIMEOUT_MS,
  );

  test(
    'C4: is looked for in every kind of output, and with the seeds and keys of the handshakes',
    async () => {
      const outputs = new Outputs();
      const world = new CanaryWorld(outputs, 1);
      await outputs.withWarnings(async () => {
        for (const tell of Object.values(STORIES)) await tell(world);
      });
      for (const where of [
        'log',
        'inspector',
        'snapshot',
        'event',
        'error',
        'counters',
        'session',
        'warning',
      ])
        expect([where, outputs.count(where)]).toEqual([where, expect.toSatisfy((count) => count > 0)]);
      const found = [...world.secrets.keys()];
      expect(found.filter((name) => name.startsWith('a seed')).length).toBeGreaterThan(5);
      expect(found.filter((name) => name.startsWith('a key')).length).toBeGreaterThan(5);
    },
    STORY_TIMEOUT_MS,
  );
});

describe('C4: the search', () => {
  const bytes = Buffer.from(CANARY);
  const around = Buffer.concat([Buffer.from('xy'), bytes, Buffer.from('z')]);

  test.each([
    ['as it is', CANARY],
    ['a piece of it', CANARY.slice(5, 21)],
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
    ['a hex dump', inspect(bytes)],
    ['base64', bytes.toString('base64')],
    ['base64 of more than it', around.toString('base64')],
    ['base64url of more than it', around.subarray(1).toString('base64url')],
    ['a buffer as JSON', JSON.stringify(bytes)],
    ['an array of numbers', `[ ${[...bytes].join(', ')} ]`],
  ])('finds the canary in %s', (_, text) => {
    expect(findLeaks(secrets, [{ where: 'inspector', text: `before ${text} after` }])).toEqual([
      'the secret in inspector',
    ]);
  });

  test('finds ten characters of it where people read', () => {
    const text = `Unexpected token in "${CANARY.slice(3, 13)}"`;
    expect(findLeaks(secrets, [{ where: 'error', text }])).toEqual(['the secret in error']);
    expect(findLeaks(secrets, [{ where: 'error', text: 'nothing of that kind' }])).toEqual([]);
  });

  test('finds ten characters of it, whichever, wherever they begin and though the text ends with them', () => {
    for (let from = 0; from + 10 <= CANARY.length; from++) {
      for (let before = 0; before < 12; before++) {
        const text = ' '.repeat(before) + CANARY.slice(from, from + 10);
        expect(findLeaks(secrets, [{ where: 'log', text }])).toEqual(['the secret in log']);
        expect(findLeaks(secrets, [{ where: 'log', text: text.slice(0, -1) }])).toEqual([]);
      }
    }
  });

  test('finds it in an object that an inspector gets', () => {
    const outputs = new Outputs();
    const { inspect: tell } = outputs.options();
    const event = { type: '@xstate.event', deep: [new Map([['key', { bytes: new Set([bytes]) }]])] };
    if (typeof tell === 'function') tell(event);
    expect(findLeaks(secrets, outputs)).toEqual(['the secret in inspector']);
  });
});
