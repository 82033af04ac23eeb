import { describe, expect, test } from 'vitest';
import { PSK_TRAPS, runTrap } from '../../support/psk-traps.js';

describe('the traps of a pre-shared key', () => {
  test('are ten', () => {
    expect(PSK_TRAPS).toHaveLength(10);
  });

  test.each(PSK_TRAPS)('$title', async (trap) => {
    await runTrap(trap);
  });
});
