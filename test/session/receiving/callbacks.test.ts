import { describe, expect, test } from 'vitest';
import { Callbacks } from '../../../src/session/receiving/callbacks.js';

describe('the callbacks of a session', () => {
  test('are found by both ids, then by the service, then by the data id, then any', () => {
    const callbacks = new Callbacks();
    const found = (serviceId: number, dataId: number): unknown =>
      callbacks.find(serviceId, dataId)?.(undefined as never);
    expect(found(1, 1)).toBe(undefined);
    callbacks.register(null, null, () => 'any');
    expect(found(1, 1)).toBe('any');
    callbacks.register(null, 1, () => 'data');
    expect([found(1, 1), found(1, 2)]).toEqual(['data', 'any']);
    callbacks.register(1, null, () => 'service');
    expect([found(1, 1), found(2, 1), found(1, 2), found(2, 2)]).toEqual([
      'service',
      'data',
      'service',
      'any',
    ]);
    callbacks.register(1, 1, () => 'both');
    expect([found(1, 1), found(2, 1), found(1, 2), found(2, 2)]).toEqual(['both', 'data', 'service', 'any']);
  });

  test('are replaced by others for the same ids, zero among them', () => {
    const callbacks = new Callbacks();
    for (const [serviceId, dataId] of [
      [0, 0],
      [0, null],
      [null, 0],
      [null, null],
    ] as const) {
      callbacks.register(serviceId, dataId, () => 'first');
      callbacks.register(serviceId, dataId, () => `${serviceId} ${dataId}`);
    }
    const found = (serviceId: number, dataId: number): unknown =>
      callbacks.find(serviceId, dataId)?.(undefined as never);
    expect([found(0, 0), found(0, 7), found(7, 0), found(7, 7)]).toEqual([
      '0 0',
      '0 null',
      'null 0',
      'null null',
    ]);
  });
});
