import { describe, expect, test } from 'vitest';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  Message,
  type Observation,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_READ_REQUEST,
  STATUS_CALLBACK_ERROR,
} from '../../../src/index.js';
import { Vocabulary } from '../../../src/protocol/vocabulary.js';
import { logLevelsOf } from '../../../src/session/journal/logging.js';
import { isConfidential, isMasked, MessageLog } from '../../../src/session/journal/message-log.js';
import type { ObservedSession } from '../../../src/session/journal/observation.js';
import { isTroubled } from '../../../src/session/journal/observation.js';
import type { SessionSettings } from '../../../src/session/options.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const READ = new Message({ serviceId: SID_READ_REQUEST, dataId: 3, data: 'x' });
const KEY = new Message({ serviceId: SID_AUTH_REQUEST, dataId: DID_AUTH_KEY, data: 'deadbeef' });
const BYTES = Buffer.from('ab');

/** A log with a logger, an observer, or both, and what they got. */
function logWith({
  logs = true,
  observes = true,
  ...settings
}: Partial<SessionSettings> & { logs?: boolean; observes?: boolean } = {}) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const observations: Observation[] = [];
  const method =
    (level: string) =>
    (text: string): void =>
      void lines.push(`${level} ${text}`);
  const logger = {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
  };
  const all = {
    logger: logs ? logger : undefined,
    observe: observes ? (observation: Observation) => void observations.push(observation) : undefined,
    clock,
    maxDropLogLines: 2,
    maxUntrustedLogMessages: 2,
    channelName: null,
    logLevels: logLevelsOf(logs ? logger : undefined, 'debug'),
    ...settings,
  };
  const session = { role: 'client', channelName: null } as unknown as ObservedSession;
  const log = new MessageLog(all as unknown as SessionSettings, session, new Vocabulary(), null);
  return { clock, log, lines, observations };
}

describe('a message in the log', () => {
  test('is shown as bytes and in words, each under the name of its layer', () => {
    const { log, lines } = logWith();
    log.isTrusted = true;
    log.sent(READ, BYTES);
    log.received(READ, BYTES);
    expect(lines).toEqual([
      `info socket_protocol: prot-client: TX -> ${log.describe(READ)}`,
      'info tcp_socket: comm-client: TX -> "(2): 61 62"',
      'info tcp_socket: comm-client: RX  <- "(2): 61 62"',
      `info socket_protocol: prot-client: RX <- ${log.describe(READ)}`,
    ]);
    expect(log.describe(READ)).toBe('service: read data request, data_id: 3, status: okay, data: "\'x\'"');
  });

  test('is shown without its key or seed, and a verdict is shown', () => {
    const { log, lines } = logWith();
    log.isTrusted = true;
    log.sent(KEY, BYTES);
    expect(lines.join()).not.toMatch(/deadbeef|61 62/);
    expect(lines[0]).toContain('data: "***"');
    expect(lines[1]).toBe('info tcp_socket: comm-client: TX -> "(2): ***"');
    for (const data of [true, false, null]) {
      const verdict = new Message({ serviceId: SID_AUTH_RESPONSE, dataId: DID_AUTH_KEY, data });
      expect([isConfidential(verdict), isMasked(verdict)]).toEqual([true, false]);
    }
    const seed = new Message({ serviceId: SID_AUTH_RESPONSE, dataId: DID_AUTH_SEED, data: 'seed' });
    expect([isConfidential(seed), isMasked(seed), isConfidential(READ), isMasked(READ)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('of a status that means trouble is a warning', () => {
    const { log, lines } = logWith();
    log.isTrusted = true;
    const message = new Message({ serviceId: 11, dataId: 0, status: STATUS_CALLBACK_ERROR });
    log.received(message, BYTES);
    log.received(new Message({ serviceId: 11, dataId: 0, status: 12_345 }), BYTES);
    expect(lines.filter((line) => line.includes('prot-')).map((line) => line.split(' ')[0])).not.toContain(
      'info',
    );
    expect([isTroubled(message), isTroubled(READ)]).toEqual([true, false]);
    expect(isTroubled({ serviceId: SID_AUTH_RESPONSE, status: 0, data: false })).toBe(true);
    expect(isTroubled({ serviceId: SID_AUTH_RESPONSE, status: 0, data: true })).toBe(false);
    expect(isTroubled({ serviceId: SID_READ_REQUEST, status: 0, data: false })).toBe(false);
  });

  test('of a stranger is logged so often a second, and counted otherwise', () => {
    const { clock, log, lines } = logWith();
    for (let n = 0; n < 5; n++) log.received(READ, BYTES);
    expect([lines.length, log.suppressedLines]).toEqual([4, 6]);
    clock.advance(1_000);
    log.received(READ, BYTES);
    expect(lines.at(-1)).toMatch(/\(3 messages before trust were left out before it\)$/);
    log.isTrusted = true;
    for (let n = 0; n < 5; n++) log.received(READ, BYTES);
    expect([lines.length, log.suppressedLines]).toEqual([16, 6]);
  });
});

describe('a drop in the log', () => {
  test('is a warning with its reason, so often a second', () => {
    const { clock, log, lines, observations } = logWith();
    for (let n = 0; n < 4; n++) log.dropped('json', `number ${n}`, null);
    expect(lines).toEqual([
      'warn socket_protocol: prot-client: dropped (json): number 0',
      'warn socket_protocol: prot-client: dropped (json): number 1',
    ]);
    expect([observations.length, log.suppressedLines]).toEqual([4, 2]);
    clock.advance(1_000);
    log.dropped('json', 'after', null);
    expect(lines[2]).toBe(
      'warn socket_protocol: prot-client: dropped (json): after (2 such lines were left out before it)',
    );
  });

  test('is observed with a masked copy of its bytes', () => {
    const { log, observations } = logWith({ logs: false });
    const payload = Buffer.from('0123456789abcdef!');
    log.dropped('checksum', 'detail', payload);
    log.dropped('noise', 'detail', null);
    expect(observations).toEqual([
      {
        type: 'dropped',
        reason: 'checksum',
        detail: 'detail',
        payload: Buffer.from('****************!'),
        byteLength: 17,
      },
      { type: 'dropped', reason: 'noise', detail: 'detail', payload: null, byteLength: 0 },
    ]);
    expect(payload.toString()).toBe('0123456789abcdef!');
  });

  test('masks what may be a seed in bytes outside of frames, also where it comes in pieces', () => {
    const { log, observations } = logWith({ logs: false });
    log.dropped('noise', 'detail', Buffer.from('boot 0123456789'), 15);
    log.dropped('noise', 'detail', Buffer.from('abcdef0123 ok'), 20);
    expect(observations).toEqual([
      expect.objectContaining({ payload: Buffer.from('boot **********'), byteLength: 15 }),
      expect.objectContaining({ payload: Buffer.from('********** ok'), byteLength: 20 }),
    ]);
  });
});

describe('a note in the log', () => {
  test.each([
    ['connected', null, '', 'info', 'Connection established...'],
    ['connected', null, 'to here', 'info', 'Connection established... (to here)'],
    ['disconnected', 'session-closed', '', 'debug', /^connection lost: /],
    ['disconnected', 'peer-closed', '', 'info', /^connection lost: /],
    ['connect-failed', 'connection-refused', '', 'warn', /^connecting failed: \S.*[^)]$/],
    ['connect-failed', 'connection-refused', 'at noon', 'warn', /^connecting failed: .* \(at noon\)$/],
    ['authentication-failed', 'wrong-secret', '', 'warn', /^authentification failed: /],
    ['authentication-impossible', null, 'why', 'warn', 'no authentification: why'],
    ['callback-failed', null, 'why', 'error', 'callback error: why'],
    ['message-not-sent', null, 'what', 'warn', 'not sent: what'],
    [
      'cut-at-the-end',
      null,
      'requests: 1',
      'warn',
      'the end of the session cut something short: requests: 1',
    ],
    ['name-overwritten', null, 'a by b', 'warn', 'overwriting the channel name: a by b'],
  ] as const)('has the level of its kind, and says why: %s', (code, reason, detail, level, text) => {
    const { log, lines, observations } = logWith();
    log.note(code, reason, detail);
    const [, shown = ''] =
      /^\w+ (?:socket_protocol: prot|tcp_socket: comm)-client: (.*)$/.exec(lines[0] ?? '') ?? [];
    expect(lines[0]?.startsWith(level)).toBe(true);
    if (typeof text === 'string') expect(shown).toBe(text);
    else expect(shown).toMatch(text);
    const name = level === 'warn' ? 'warning' : level;
    expect(observations).toEqual([{ type: 'note', code, reason, level: name, text: shown }]);
  });

  test('about breaking the connection stands under the name of the socket', () => {
    const { log, lines } = logWith();
    log.note('breaking-connection', 'frame-timeout', '');
    expect(lines).toEqual([
      expect.stringMatching(/^info tcp_socket: comm-client: breaking the connection: /),
    ]);
  });
});

describe('the names of the logs', () => {
  test('carry the name of the channel, cleaned, from when it is known', () => {
    const { log, lines } = logWith({ channelName: 'gar\nden' });
    log.note('trusted', null, '');
    log.useName('cellar');
    log.note('trusted', null, '');
    log.note('breaking-connection', null, '');
    log.useName('\n');
    log.note('trusted', null, '');
    log.useName(null);
    log.note('trusted', null, '');
    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      'info socket_protocol.garden',
      'info socket_protocol.cellar',
      'info tcp_socket.cellar',
      'info socket_protocol',
      'info socket_protocol',
    ]);
  });
});

describe('an observer', () => {
  test('gets messages with names and a copy of their bytes, and none of what is confidential', () => {
    const { log, observations } = logWith({ logs: false });
    const bytes = Buffer.from('ab');
    log.sent(READ, bytes);
    log.received(KEY, bytes);
    bytes[0] = 0;
    expect(observations).toEqual([
      {
        type: 'message',
        direction: 'sent',
        role: 'request',
        requestServiceId: SID_READ_REQUEST,
        serviceId: SID_READ_REQUEST,
        dataId: 3,
        status: 0,
        names: { service: 'read data request', data: expect.any(String), status: 'okay' },
        data: 'x',
        byteLength: 2,
        payload: Uint8Array.from(BYTES),
      },
      expect.objectContaining({ direction: 'received', data: '***', payload: null }),
    ]);
  });

  test('that throws is not called again, and the log goes on', async () => {
    let calls = 0;
    const observe = (): never => {
      calls++;
      throw new Error('observer');
    };
    const { log, lines } = logWith({ observe } as never);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    log.note('connected', null, '');
    log.note('connected', null, '');
    expect([calls, lines.length]).toEqual([1, 2]);
    expect((await warned).message).toContain('the observer threw and is not called again');
  });

  test('and a logger are each enough to be on, and neither is off', () => {
    expect(logWith({ observes: false }).log.isOn).toBe(true);
    expect(logWith({ logs: false }).log.isOn).toBe(true);
    const { log, lines, observations } = logWith({ logs: false, observes: false });
    log.sent(READ, BYTES);
    log.received(READ, BYTES);
    log.dropped('json', '', BYTES);
    log.note('connected', null, '');
    expect([log.isOn, lines, observations, log.suppressedLines]).toEqual([false, [], [], 0]);
  });
});
