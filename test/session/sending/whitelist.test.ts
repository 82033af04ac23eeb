import { describe, expect, test } from 'vitest';
import { Whitelist } from '../../../src/session/sending/whitelist.js';

describe('the whitelist', () => {
  test('has the messages of the protocol itself, and nothing else', () => {
    const whitelist = new Whitelist();
    const passing: string[] = [];
    for (let serviceId = 0; serviceId < 60; serviceId++)
      for (let dataId = 0; dataId < 4; dataId++)
        if (whitelist.has(serviceId, dataId)) passing.push(`${serviceId}/${dataId}`);
    expect(passing).toEqual(['0/0', '0/1', '1/0', '1/1', '8/0', '9/0']);
  });

  test('takes more, for one session', () => {
    const [one, other] = [new Whitelist(), new Whitelist()];
    one.add(10, 7);
    one.add(10, 8);
    expect([one.has(10, 7), one.has(10, 8), one.has(10, 9), one.has(0, 0)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([other.has(10, 7), new Whitelist().has(10, 8)]).toEqual([false, false]);
  });
});
