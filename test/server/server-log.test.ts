import { afterEach, describe, expect, test, vi } from 'vitest';
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

describe('a line of a server', () => {
  test.each([
    ['refusedByLimit', 'turned away, there are maxConnections already'],
    ['refusedByBackoff', 'disconnected, too many wrong keys come from their address'],
    ['delayedByBackoff', 'kept waiting for a seed, too many wrong keys come from their address'],
    ['refusedByDescriptors', 'turned away, the process has no file descriptors left'],
    ['refusedByPool', 'turned away, all places are taken by handshakes that are under way'],
    ['exceededBudget', 'disconnected, too many messages before trust'],
  ] as const)('about %s says: %s', (event, text) => {
    const { lines, log } = logging();
    log.tell(event, '192.0.2.1');
    expect(lines).toEqual([`a peer (192.0.2.1): ${text}`]);
  });

  test('names the last address where there were several peers, or none where that is unknown', () => {
    const { clock, lines, log } = logging();
    log.tell('wrongKeys', '192.0.2.1');
    log.tell('wrongKeys', '192.0.2.2');
    log.tell('wrongKeys', '192.0.2.3');
    clock.advance(1_000);
    log.tell('wrongKeys', '192.0.2.4');
    log.tell('wrongKeys');
    clock.advance(1_000);
    log.tell('wrongKeys', '192.0.2.5');
    clock.advance(1_000);
    expect(lines.slice(1)).toEqual([
      '2 peers (the last: 192.0.2.3): a wrong key',
      '2 peers: a wrong key',
      'a peer (192.0.2.5): a wrong key',
    ]);
  });

  test('waits with others of its second for one timer', () => {
    const { clock, lines, log } = logging();
    for (let n = 0; n < 2; n++) for (const event of ['evicted', 'wrongKeys'] as const) log.tell(event);
    log.takeLines(11);
    expect([lines.length, clock.pending]).toEqual([2, 1]);
    clock.advance(999);
    expect(lines).toHaveLength(2);
    clock.advance(1);
    expect([lines.length, clock.pending]).toEqual([5, 0]);
  });

  test('is written at once where the last of its kind was a second ago, and not before', () => {
    const { clock, lines, log } = logging();
    clock.advance(5_000);
    log.tell('evicted');
    clock.advance(999);
    log.tell('evicted');
    expect([lines.length, clock.pending]).toEqual([1, 1]);
    clock.advance(1_000);
    expect(lines).toHaveLength(2);
    clock.advance(1_000);
    log.tell('evicted');
    expect([lines.length, clock.pending]).toEqual([3, 0]);
  });

  test('is never left out where it is a warning', () => {
    const { lines, log } = logging(1);
    log.takeLines(2);
    for (let n = 0; n < 3; n++) log.warn(`warning ${n}`);
    expect(lines).toEqual(['warning 0', 'warning 1', 'warning 2']);
  });

  test('is not written twice where the server closes', () => {
    const { clock, lines, log } = logging();
    for (let n = 0; n < 3; n++) log.tell('evicted');
    log.close();
    log.close();
    clock.advance(5_000);
    expect(lines).toHaveLength(2);
  });
});

describe('the lines about strangers', () => {
  test('FC-37: are so many in a second that begins with the first of them', () => {
    const { clock, log } = logging(2);
    clock.advance(300);
    expect([log.takeLines(1), log.takeLines(1), log.takeLines(1)]).toEqual([true, true, false]);
    clock.advance(999);
    expect(log.takeLines(1)).toBe(false);
    clock.advance(1);
    expect([log.takeLines(2), log.takeLines(1)]).toEqual([true, false]);
    expect(log.suppressed).toBe(3);
  });

  test('FC-37: have their room all or none, and who needs less gets what is left', () => {
    const { log } = logging(3);
    expect([log.takeLines(2), log.takeLines(2), log.takeLines(1)]).toEqual([true, false, true]);
    expect(log.suppressed).toBe(2);
  });

  test('FC-37: that were left out are counted for each second of its own', () => {
    const { clock, lines, log } = logging(1);
    log.takeLines(4);
    clock.advance(1_000);
    log.takeLines(1);
    log.takeLines(3);
    clock.advance(1_000);
    expect([lines, log.suppressed]).toEqual([
      [
        '4 lines about peers that are not trusted were left out',
        '3 lines about peers that are not trusted were left out',
      ],
      7,
    ]);
  });
});

describe('where nobody hears of a server', () => {
  const warned = (): string[] => {
    const texts: string[] = [];
    vi.spyOn(process, 'emitWarning').mockImplementation((text) => void texts.push(String(text)));
    return texts;
  };
  afterEach(() => vi.restoreAllMocks());

  test('the process is warned once of each kind of refusal, and of nothing else', () => {
    const texts = warned();
    const clock = new VirtualClock();
    const log = new ServerLog(clock, undefined, 1);
    for (let n = 0; n < 3; n++)
      for (const event of ['refusedByBackoff', 'exceededBudget', 'wrongKeys', 'delayedByBackoff'] as const)
        log.tell(event, '192.0.2.1');
    expect(texts).toEqual([
      'server: a peer (192.0.2.1): disconnected, too many wrong keys come from their address (further ones are counted in server.counters)',
      'server: a peer (192.0.2.1): disconnected, too many messages before trust (further ones are counted in server.counters)',
    ]);
    expect(clock.pending).toBe(0);
  });

  test('nobody is warned where the program wants silence, or has a logger that does not take warnings', () => {
    const texts = warned();
    new ServerLog(new VirtualClock(), undefined, 1, undefined, false).tell('evicted');
    const levels = { debug: false, info: false, warn: false, error: true };
    const lines: string[] = [];
    const log = new ServerLog(new VirtualClock(), { error: (line: string) => lines.push(line) }, 1, levels);
    log.tell('evicted');
    log.error('a fault');
    expect([texts, lines]).toEqual([[], ['socket_protocol: server: a fault']]);
  });

  test('a listener gets refusals with their reasons, once a second, and there is no warning', () => {
    const texts = warned();
    const clock = new VirtualClock();
    const log = new ServerLog(clock, undefined, 1);
    const refusals: unknown[] = [];
    log.listenWith({
      address: '127.0.0.1:17017',
      hearsRefusals: true,
      refused: (refusal) => void refusals.push(refusal),
    });
    for (let n = 1; n <= 3; n++) {
      log.tell('handshakeTimeouts', `192.0.2.${n}`);
      log.tell('wrongKeys', `192.0.2.${n}`);
    }
    clock.advance(1_000);
    expect([texts, refusals]).toEqual([
      [],
      [
        { reason: 'handshake-timeout', address: '192.0.2.1', count: 1 },
        { reason: 'handshake-timeout', address: '192.0.2.3', count: 2 },
      ],
    ]);
  });
});
