import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { listen } from '../../src/index.js';
import { gone, opened } from '../support/fake-socket.js';
import { BAD_INPUT_CASES, rowOf } from './bad-input-cases.js';
import { type BadInputCase, expectedOf, type Reaction, reactionTo } from './support-bad-input.js';

const ROWS = 45;
/** Row 44 is about a server and stands below. */
const ROW_OF_THE_SERVER = 44;
/** A longer input takes too many turns byte by byte. */
const LONGEST_BYTE_BY_BYTE = 4 * 1024;

const named = BAD_INPUT_CASES.map((each) => [`${each.id} (${each.state}): ${each.title}`, each] as const);

describe('bad input', () => {
  test.each(named)('%s', async (_, each) => {
    expect(await reactionTo(each, 'whole')).toEqual(expectedOf(each));
  });
});

describe('bad input, byte by byte', () => {
  test.each(named.filter(([, each]) => lengthOf(each) <= LONGEST_BYTE_BY_BYTE))('%s', async (_, each) => {
    expect(withoutNoise(await reactionTo(each, 'byte by byte'))).toEqual(withoutNoise(expectedOf(each)));
  });
});

describe('the table of bad input', () => {
  test('has a case for each row and each case once', () => {
    const rows = new Set([...BAD_INPUT_CASES.map(rowOf), ROW_OF_THE_SERVER]);
    expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
    expect(new Set(BAD_INPUT_CASES.map(({ id }) => id)).size).toBe(BAD_INPUT_CASES.length);
  });
});

describe('a server that is full', () => {
  test('#44 drops a connection over the maximum, counts it, and serves the next when one has left', async () => {
    await using server = await listen({ port: 0, maxConnections: 2 }, () => {});
    const first = await opened(server.port);
    const second = await opened(server.port);
    await gone(connectSocket(server.port, '127.0.0.1'));
    expect([server.counters.refusedByLimit, server.counters.accepted]).toEqual([1, 2]);

    first.destroy();
    const [session] = server.sessions;
    await once(session ?? first, 'closed');
    const fourth = await opened(server.port);
    expect(server.counters).toMatchObject({ refusedByLimit: 1, accepted: 3 });
    for (const socket of [second, fourth]) socket.destroy();
  });
});

function lengthOf({ input }: BadInputCase): number {
  return input.reduce((sum, step) => sum + (step instanceof Uint8Array ? step.length : 0), 0);
}

/** How often noise is reported depends on how the stream is cut. */
function withoutNoise(reaction: Reaction): Reaction {
  const { noise: _, ...drops } = reaction.drops;
  return { ...reaction, drops };
}
