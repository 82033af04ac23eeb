/** C2: an attacker without the secret says whatever comes to its mind; a sample of what `npm run trust` runs. */

import { describe, expect, test } from 'vitest';
import { runAttack, SEQUENCES_PER_CASE } from '../trust/authentication/attack.js';

const CASES = { server: 12, client: 4 };
const CLAIMS: readonly ['server' | 'client', string][] = [
  ['server', 'trusts nobody and runs nothing'],
  ['client', 'trusts after okay in Key sent only, and runs nothing before that'],
];
const TIMEOUT_MS = 120_000;

describe('C2: random sequences without the secret', () => {
  test.each(CLAIMS)(
    'C2: a %s that is attacked %s',
    async (role) => {
      for (let seed = 1; seed <= CASES[role]; seed++) {
        const { complaint, sequences } = await runAttack(role, seed, null);
        expect([seed, complaint, sequences]).toEqual([seed, null, SEQUENCES_PER_CASE]);
      }
    },
    TIMEOUT_MS,
  );

  test('C2: the same seed is the same attack', async () => {
    const tell = async (): Promise<string[]> => {
      const lines: string[] = [];
      await runAttack('server', 7, (line) => lines.push(line));
      return lines;
    };
    const lines = await tell();
    expect(lines.length).toBeGreaterThan(100);
    expect(await tell()).toEqual(lines);
  });
});
