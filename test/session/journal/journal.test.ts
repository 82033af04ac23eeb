import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { SessionEvent } from '../../../machines/index.js';
import {
  DID_AUTH_KEY,
  LOG_LEVEL,
  Message,
  type Observation,
  SID_AUTH_REQUEST,
  SID_READ_REQUEST,
} from '../../../src/index.js';
import { Journal } from '../../../src/session/journal/journal.js';
import type { SessionEvents } from '../../../src/session/journal/session-events.js';
import { type SessionOptions, sessionSettings } from '../../../src/session/options.js';
import { SessionHandle } from '../../../src/session/session-handle.js';
import { structJson } from '../../../src/wire/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const READ = new Message({ serviceId: SID_READ_REQUEST, dataId: 3, data: 'x' });
const KEY = new Message({ serviceId: SID_AUTH_REQUEST, dataId: DID_AUTH_KEY, data: 'key' });
const BYTES = Buffer.from('ab');

function journalWith(options: SessionOptions = {}) {
  const lines: string[] = [];
  const method = (text: string): void => void lines.push(text);
  const logger = { debug: method, info: method, warn: method, error: method };
  const ordered: SessionEvent[] = [];
  const handle = new SessionHandle();
  handle.bind({
    send: (event) => void ordered.push(event),
    getSnapshot: () => ({ status: 'active', value: 'open' }),
  });
  const emitter = new EventEmitter<SessionEvents>();
  const settings = sessionSettings({ clock: new VirtualClock(), logger, ...options });
  return { journal: new Journal('server', settings, emitter, handle, null), emitter, lines, ordered };
}

/** A journal without a logger, as most sessions have. */
const silent = { logger: undefined } as SessionOptions;

describe('a journal', () => {
  test('knows the session that it is of', () => {
    const { journal, lines } = journalWith({ codec: structJson, channelName: 'garden' });
    expect(journal).toMatchObject({
      role: 'server',
      codecName: 'struct_json',
      channelName: 'garden',
      system: null,
    });
    journal.rename('cellar');
    journal.note('trusted');
    expect([journal.channelName, lines]).toEqual([
      'cellar',
      [expect.stringContaining('socket_protocol.cellar: ')],
    ]);
  });

  test('counts and logs what is sent and received', () => {
    const { journal, lines } = journalWith();
    journal.sent(READ, BYTES);
    journal.sent(READ, BYTES);
    journal.received(READ, BYTES);
    expect(journal.counters).toMatchObject({
      messagesSent: 2,
      messagesReceived: 1,
      connections: 0,
      failedAuthentications: 0,
      timeouts: 0,
      suppressedLogLines: 0,
      dropped: {},
    });
    expect(lines.filter((line) => line.includes('TX ->'))).toHaveLength(4);
    expect(lines.filter((line) => /RX {1,2}<-/.test(line))).toHaveLength(2);
  });

  test('counts as well where nobody reads', () => {
    const { journal } = journalWith(silent);
    journal.sent(READ, BYTES);
    journal.received(READ, BYTES);
    journal.note('connected');
    journal.drop('json', 'nonsense');
    expect(journal.counters).toMatchObject({ messagesSent: 1, messagesReceived: 1, dropped: { json: 1 } });
  });

  test('announces what comes in, and nothing of an authentication', () => {
    const { journal, emitter } = journalWith(silent);
    journal.received(READ, BYTES);
    const heard: unknown[] = [];
    emitter.on('message', (message) => heard.push(message));
    journal.received(READ, BYTES);
    journal.received(KEY, BYTES);
    journal.sent(READ, BYTES);
    expect(heard).toEqual([READ]);
  });

  test('announces and counts each drop by its reason', () => {
    const { journal, emitter, lines } = journalWith();
    const heard: unknown[] = [];
    emitter.on('dropped', (drop) => heard.push(drop));
    journal.drop('json', 'one');
    journal.drop('json', 'two');
    journal.drop('untrusted', 'three');
    expect(heard).toEqual([
      { reason: 'json', detail: 'one' },
      { reason: 'json', detail: 'two' },
      { reason: 'untrusted', detail: 'three' },
    ]);
    expect(journal.counters.dropped).toEqual({ json: 2, untrusted: 1 });
    expect(lines.map((line) => line.split('dropped ')[1])).toEqual([
      '(json): one',
      '(json): two',
      '(untrusted): three',
    ]);
  });

  test('gives no list of drops away that somebody could change', () => {
    const { journal } = journalWith(silent);
    journal.drop('json', 'one');
    Object.assign(journal.counters.dropped, { json: 99 });
    expect(journal.counters.dropped).toEqual({ json: 1 });
  });

  test('ends the connection of a peer that sends too much nonsense, by what it is allowed', () => {
    const { journal, ordered } = journalWith({ maxUntrustedNoiseBytes: 10, maxNoiseBytes: 20 });
    journal.drop('noise', '', null, 10);
    expect(ordered).toEqual([]);
    journal.drop('noise', '', null, 1);
    expect(ordered).toEqual([{ type: 'peer.limitExceeded', reason: 'too-much-noise' }]);
    journal.trustChanged(true);
    journal.drop('noise', '', null, 20);
    expect(ordered).toHaveLength(1);
    journal.trustChanged(false);
    journal.drop('noise', '', null, 11);
    expect(ordered).toHaveLength(2);
  });

  test('knows whether somebody hears of an event', () => {
    const { journal, emitter } = journalWith(silent);
    const { warning } = LOG_LEVEL;
    expect(journal.isHeard('trusted', warning)).toBe(false);
    emitter.on('trusted', () => {});
    expect([journal.isHeard('trusted', warning), journal.isHeard('untrusted', warning)]).toEqual([
      true,
      false,
    ]);
    expect(journalWith().journal.isHeard('untrusted', warning)).toBe(true);
    const loud = journalWith({ logLevel: 'error' }).journal;
    expect([loud.isHeard('untrusted', warning), loud.isHeard('untrusted', LOG_LEVEL.error)]).toEqual([
      false,
      true,
    ]);
    expect(journalWith({ logLevel: 'silent' }).journal.isHeard('untrusted', warning)).toBe(true);
  });

  test('logs a trusted peer in full', () => {
    const { journal, lines } = journalWith({ maxUntrustedLogMessages: 1 });
    for (let n = 0; n < 3; n++) journal.received(READ, BYTES);
    expect(lines).toHaveLength(2);
    journal.trustChanged(true);
    for (let n = 0; n < 3; n++) journal.received(READ, BYTES);
    expect(lines).toHaveLength(8);
    journal.trustChanged(false);
    journal.received(READ, BYTES);
    expect([lines.length, journal.counters.suppressedLogLines]).toEqual([8, 6]);
  });

  test('shows the observer its own session and the masked bytes of a drop', () => {
    const observed: [Observation, unknown][] = [];
    const observe = (observation: Observation, session: unknown): void =>
      void observed.push([observation, session]);
    const { journal } = journalWith({ ...silent, observe });
    journal.drop('checksum', 'detail', Buffer.from('0123456789abcdef'));
    journal.note('disconnected', 'peer-closed', 'by hand');
    expect(observed.map(([{ type }]) => type)).toEqual(['dropped', 'note']);
    expect(observed[0]?.[0]).toMatchObject({ payload: Buffer.from('*'.repeat(16)) });
    expect(observed[1]?.[0]).toMatchObject({ code: 'disconnected', reason: 'peer-closed' });
    expect(observed.every(([, session]) => session === journal)).toBe(true);
  });
});

describe('events that a step causes', () => {
  test('are announced when it is complete, in order, those that listeners cause among them', () => {
    const { journal, emitter } = journalWith(silent);
    const heard: string[] = [];
    emitter.on('connected', () => {
      heard.push('connected');
      journal.later('untrusted');
    });
    emitter.on('disconnected', (reason) => heard.push(`disconnected ${reason}`));
    emitter.on('untrusted', () => heard.push('untrusted'));
    journal.later('connected');
    journal.later('disconnected', 'peer-closed');
    expect(heard).toEqual([]);
    journal.announceLater();
    expect(heard).toEqual(['connected', 'disconnected peer-closed', 'untrusted']);
    journal.announceLater();
    expect(heard).toHaveLength(3);
  });

  test('go on where a listener throws, which is said', async () => {
    const { journal, emitter } = journalWith(silent);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    let heard = 0;
    emitter.on('connected', () => {
      throw new Error('a listener');
    });
    emitter.on('trusted', () => heard++);
    journal.later('connected');
    journal.later('trusted');
    journal.announceLater();
    expect(heard).toBe(1);
    expect((await warned).message).toContain('a listener of "connected" threw');
  });
});

test('a request is called by its service and its data id', () => {
  expect(journalWith().journal.nameOf(READ)).toBe('read data request, data_id 3');
  expect(journalWith().journal.describe(READ)).toContain('data_id: 3, status: okay');
});
