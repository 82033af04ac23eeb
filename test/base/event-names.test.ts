import { type EventEmitter, once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createMemoryListener, createMemoryPair, listen, Session } from '../../src/index.js';
import { collectWarnings } from '../support/warnings.js';

const warnings = collectWarnings();

/** An emitter as JavaScript has it, which takes any name. */
const untyped = (emitter: object): EventEmitter => emitter as EventEmitter;

describe('a listener for an event whose name is misspelt', () => {
  test.each([
    ['disconnect', 'disconnected'],
    ['connect', 'connected'],
    ['close', 'closed'],
    ['channel_name', 'channelName'],
  ])('of a session is a warning that says which is meant: %s', async (misspelt, meant) => {
    const session = new Session(createMemoryPair().client);
    untyped(session).on(misspelt, () => {});
    untyped(session).once(misspelt, () => {});
    await session.close();
    expect(warnings).toEqual([
      `a session has no event "${misspelt}", so this listener is never called; did you mean "${meant}"?`,
    ]);
  });

  test('of a server is one, too, also where `on` is called `addListener`', async () => {
    await using server = await listen({ memory: createMemoryListener() }, () => {});
    untyped(server).addListener('sessions', () => {});
    expect(warnings).toEqual([expect.stringContaining('a server has no event "sessions"')]);
  });

  test('is none where a program has events of its own, or Node has', async () => {
    class Thermostat extends Session {}
    const session = new Thermostat(createMemoryPair().client);
    const told: unknown[] = [];
    untyped(session).on('temperature', (celsius: unknown) => told.push(celsius));
    untyped(session).on('newListener', () => {});
    untyped(session).on(Symbol('disconnect'), () => {});
    untyped(session).on('error', () => {});
    const isClosed = once(session, 'closed');
    untyped(session).emit('temperature', 21.5);
    await session.close();
    await isClosed;
    expect([told, warnings]).toEqual([[21.5], []]);
  });
});
