import { describe, expect, test } from 'vitest';
import { ServerLog } from '../../src/server/server-log.js';
import { VirtualClock } from '../support/virtual-clock.js';

function logging(linesPerSecond = 10) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text.replace('socket_protocol: server: ', ''));
  const logger = { debug: write, info: write, warn: write, error: write };
  return { clock, lines, log: new ServerLog(clock, logger, linesPerSecond) };
}

describe('the log of a server', () => {
  test('FC-08: has a line at once, and one for all of the next second', () => {
    const { clock, lines, log } = logging();
    for (let n = 0; n < 5; n++) log.tell('evicted', `192.0.2.${n}`);
    expect(lines).toEqual([
      'a peer (192.0.2.0): disconnected to make room, they were not about to authenticate',
    ]);
    clock.advance(1_000);
    expect(lines.slice(1)).toEqual([
      '4 peers (the last: 192.0.2.4): disconnected to make room, they were not about to authenticate',
    ]);
    log.tell('evicted', '192.0.2.9');
    expect(lines).toHaveLength(2);
    clock.advance(1_000);
    expect(lines).toHaveLength(3);
    clock.advance(1_000);
    log.tell('evicted');
    expect(lines.at(-1)).toBe('a peer: disconnected to make room, they were not about to authenticate');
    expect(clock.pending).toBe(0);
  });

  test('FC-08: keeps kinds apart', () => {
    const { lines, log } = logging();
    log.tell('refusedByLimit', '192.0.2.1');
    log.tell('wrongKeys', '192.0.2.1');
    expect(lines).toEqual([
      'a peer (192.0.2.1): turned away, there are maxConnections already',
      'a peer (192.0.2.1): a wrong key',
    ]);
  });

  test('FC-37: has room for so many lines about strangers, and says once a second how many were left out', () => {
    const { clock, lines, log } = logging(10);
    const room = Array.from({ length: 8 }, () => log.takeLines(2));
    expect(room).toEqual([true, true, true, true, true, false, false, false]);
    expect([log.suppressed, lines]).toEqual([6, []]);
    clock.advance(1_000);
    expect(lines).toEqual(['6 lines about peers that are not trusted were left out']);
    expect(log.takeLines(10)).toBe(true);
    expect(log.takeLines(1)).toBe(false);
  });

  test('writes what is left when the server closes', () => {
    const { clock, lines, log } = logging(1);
    log.takeLines(2);
    log.close();
    expect([lines.length, clock.pending]).toEqual([1, 0]);
  });

  test('has no timer where nobody listens, and counts all the same', () => {
    const clock = new VirtualClock();
    const log = new ServerLog(clock, undefined, 1);
    log.tell('evicted');
    log.warn('nothing');
    expect([log.takeLines(2), log.suppressed, clock.pending]).toEqual([false, 2, 0]);
  });
});
