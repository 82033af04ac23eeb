import { describe, expect, test } from 'vitest';
import { messageKey } from '../../src/protocol/message-key.js';

/** Ids on both sides of each bound: 20 bits, 32 bits, and the largest integer that JSON carries exactly. */
const IDS = [0, 1, 2, 10, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];

describe('the key of two ids', () => {
  test('is another one for each pair, however large the ids', () => {
    const keys = new Set(IDS.flatMap((serviceId) => IDS.map((dataId) => messageKey(serviceId, dataId))));
    expect(keys.size).toBe(IDS.length ** 2);
  });

  test('is the same for the same pair', () => {
    for (const id of IDS) expect(messageKey(id, 7)).toBe(messageKey(id, 7));
  });

  test('is an integer that a double holds exactly, or a text', () => {
    for (const id of IDS) {
      const key = messageKey(id, id);
      expect(typeof key === 'string' || Number.isSafeInteger(key)).toBe(true);
    }
  });
});
