import { describe, expect, test } from 'vitest';
import type { IncomingEntry } from '../../src/inspector/entries.js';
import type { SessionRow } from '../../src/inspector/feed.js';
import { InspectorHub } from '../../src/inspector/hub.js';
import { noteEntry } from '../../src/inspector/notes.js';
import type { NoteCode, Reason } from '../../src/protocol/reasons.js';

const NAMES = { service: 'service', data: 'data', status: 'okay' };

const message = (
  from: 'client' | 'server',
  serviceId: number,
  more: Partial<IncomingEntry & { kind: 'message' }> = {},
): IncomingEntry => ({
  kind: 'message',
  group: 'pump',
  from,
  serviceId,
  dataId: 0,
  status: 0,
  names: NAMES,
  data: null,
  codec: 'pure_json',
  hex: '7b 7d',
  hiddenBytes: 0,
  isTrouble: false,
  ...more,
});

const note = (code: NoteCode | 'hung-up', reason: Reason | null = null, group = 'pump'): IncomingEntry =>
  noteEntry({ group, code, reason, text: code });

/** A hub whose time the test decides. */
function hubAt(limits: { maxHistory?: number; maxTroubles?: number; maxSessions?: number } = {}) {
  const time = { ms: 0 };
  const hub = new InspectorHub(limits.maxHistory ?? 100, () => time.ms, limits);
  const rows = (version = 0): readonly SessionRow[] => hub.groups.since(version, hub.nowMs).rows;
  const row = (name = 'pump'): SessionRow => {
    time.ms += 1_000;
    const found = rows().find(({ group }) => group === name);
    if (found === undefined) throw new Error(`no row of ${name}`);
    return found;
  };
  return { hub, time, rows, row };
}

/** Which exchange each message is part of, and as what. */
const placesIn = (hub: InspectorHub): unknown[] =>
  hub.history.flatMap((entry) => (entry.kind === 'message' ? [[entry.role, entry.exchange]] : []));

describe('a message', () => {
  test('and its answer have the same number, first in, first out', () => {
    const { hub } = hubAt();
    for (const dataId of [1, 2, 1]) hub.add(message('client', 10, { dataId }));
    for (const dataId of [2, 1, 1]) hub.add(message('server', 11, { dataId }));
    expect(placesIn(hub)).toEqual([
      ['request', 1],
      ['request', 2],
      ['request', 3],
      ['answer', 2],
      ['answer', 1],
      ['answer', 3],
    ]);
  });

  test('of either side asks: an answer is for the other side', () => {
    const { hub } = hubAt();
    hub.add(message('client', 10));
    hub.add(message('server', 10));
    hub.add(message('client', 11));
    hub.add(message('server', 11));
    expect(placesIn(hub)).toEqual([
      ['request', 1],
      ['request', 2],
      ['answer', 2],
      ['answer', 1],
    ]);
  });

  test('of a service of its own is answered by the next service id', () => {
    const { hub } = hubAt();
    hub.add(message('client', 100));
    hub.add(message('server', 101));
    hub.add(message('server', 101));
    expect(placesIn(hub)).toEqual([
      ['request', 1],
      ['answer', 1],
      ['request', 2],
    ]);
  });

  test('that answers nothing has no exchange, nor has one after its connection ended', () => {
    const { hub } = hubAt();
    hub.add(message('server', 11));
    hub.add(message('client', 10));
    hub.add(note('disconnected', 'connection-reset'));
    hub.add(message('server', 11));
    expect(placesIn(hub)).toEqual([
      ['answer', null],
      ['request', 1],
      ['answer', null],
    ]);
  });

  test('has its size, also where only its first bytes are shown', () => {
    const { hub } = hubAt();
    hub.add(message('client', 10));
    hub.add(message('client', 10, { hiddenBytes: 500 }));
    hub.add(message('client', 0, { hex: null }));
    expect(hub.history.map((entry) => 'size' in entry && entry.size)).toEqual([2, 502, null]);
  });
});

describe('trouble', () => {
  test('outlives what goes well: it has a history of its own', () => {
    const { hub } = hubAt({ maxHistory: 10 });
    hub.add(note('callback-failed'));
    for (let n = 0; n < 1_000; n++) hub.add(message('client', 10));
    expect(hub.history).toHaveLength(10);
    const [failed] = hub.troubles;
    expect(failed).toMatchObject({ kind: 'trouble', code: 'callback-failed', number: 2 });
    const { entries, troubles, forgotten } = hub.after(0, 5_000);
    expect(troubles).toContain(failed);
    expect(entries.at(-1)?.number).toBe(hub.last);
    expect(forgotten).toBe((entries[0]?.number ?? 0) - 1 - troubles.length);
  });

  test('is counted when it is forgotten, too', () => {
    const { hub } = hubAt({ maxHistory: 10, maxTroubles: 5 });
    for (let n = 0; n < 100; n++) hub.add(note('callback-failed', null, `session ${n}`));
    expect(hub.troubles).toHaveLength(5);
    expect(hub.totals).toMatchObject({
      entries: 200,
      messages: 0,
      troubles: 100,
      byCode: { 'callback-failed': 100 },
      sessions: 100,
    });
  });

  test('that happens again and again takes one place, that of its last entry', () => {
    const { hub, time } = hubAt({ maxTroubles: 5 });
    hub.add(note('name-overwritten'));
    for (let n = 0; n < 100; n++) {
      hub.add(note('callback-failed'));
      time.ms += 600;
    }
    expect(hub.troubles).toMatchObject([
      { code: 'name-overwritten', count: 1 },
      { code: 'callback-failed', count: 99 },
    ]);
    expect(hub.totals.troubles).toBe(2);
  });

  test('is passed on with the number of the entry that it comes after', () => {
    const { hub } = hubAt();
    const trouble = {
      kind: 'trouble',
      group: 'pump',
      code: 'noise',
      text: 'noise',
      isTrouble: true,
      exchange: null,
      incident: 1,
      count: 1,
      firstMs: 7,
      coveredBy: null,
      about: { bytes: 5 },
    } as const;
    hub.relay(trouble, 7, null);
    expect(hub.history).toEqual([{ ...trouble, number: 1, ms: 7 }]);
    expect(hub.totals.byCode).toEqual({ noise: 1 });
  });
});

describe('the row of a session', () => {
  test('says what its notes say, from the first connection to the end', () => {
    const { hub, row } = hubAt();
    hub.add({ kind: 'actor', group: 'pump', actor: 'session', parent: null, chart: 'session' });
    const states = [row().state];
    for (const [code, reason] of [
      ['connected', null],
      ['trusted', null],
      ['disconnected', 'connection-reset'],
      ['connected', null],
      ['authentication-failed', 'wrong-secret'],
      ['disconnected', 'key-refused'],
    ] as const) {
      hub.add(note(code, reason));
      states.push(row().state);
    }
    expect(states).toEqual(['connecting', 'connected', 'trusted', 'lost', 'connected', 'refused', 'refused']);
    expect(row().lastTrouble).toMatchObject({ code: 'wrong-secret' });
  });

  test('says who it is, as soon as that is known', () => {
    const { hub, row } = hubAt();
    const who = { kind: 'session', group: 'pump', role: 'server', codec: 'pure_json' } as const;
    hub.add({ ...who, address: '10.0.0.5:4711', channelName: null });
    expect(row()).toMatchObject({ address: '10.0.0.5:4711', channelName: null, role: 'server' });
    hub.add({ ...who, address: '10.0.0.5:4711', channelName: 'pump-3' });
    expect(row()).toMatchObject({ group: 'pump', channelName: 'pump-3' });
    expect(hub.groups.named('pump-3')?.name).toBe('pump');
  });

  test('of a proxy has the name that the client gives its channel', () => {
    const { hub, row } = hubAt();
    hub.add(message('client', 8, { data: 'pump-3' }));
    expect(row()).toMatchObject({ channelName: 'pump-3', role: null });
    hub.add(note('hung-up'));
    expect(row()).toMatchObject({ state: 'closed', isOver: true });
  });

  test('of a proxy has no name by what the server asks, by a request that failed, or by what is no name', () => {
    const { hub, row } = hubAt();
    hub.add(message('server', 8, { data: 'pump-3' }));
    hub.add(message('client', 8, { data: 'pump-3', status: 4 }));
    hub.add(message('client', 10, { data: 'pump-3' }));
    hub.add(message('client', 8, { data: 7 }));
    expect(row()).toMatchObject({ channelName: null, state: 'connected' });
  });

  test('of a session has the name that the session says, whatever passes', () => {
    const { hub, row } = hubAt();
    const who = {
      kind: 'session',
      group: 'pump',
      role: 'server',
      codec: 'pure_json',
      address: null,
    } as const;
    hub.add({ ...who, channelName: 'pump-3' });
    hub.add(message('client', 8, { data: 'pump-4' }));
    expect(row()).toMatchObject({ channelName: 'pump-3' });
  });

  test('of a machine without a session says whether it can be used yet, and of a part of a session nothing', () => {
    const { hub, row } = hubAt();
    const step = (actor: string, parent: string | null, state: unknown, isOver = false): SessionRow => {
      const more = { chart: null, context: null, event: 'next', taken: [] };
      hub.add({ kind: 'state', group: 'pump', actor, parent, state, isOver, ...more });
      return row();
    };
    expect(step('presence', null, 'arriving')).toMatchObject({ state: 'connecting', isOver: false });
    expect(step('presence', null, { here: { calm: {} } })).toMatchObject({ state: 'connected' });
    expect(step('session', 'presence', 'closed', true)).toMatchObject({ state: 'connected', isOver: false });
    expect(step('presence', null, 'gone', true)).toMatchObject({ state: 'closed', isOver: true });
    expect(step('session', null, 'closed')).toMatchObject({ isOver: true });
  });

  test('counts what is in flight, what passed, and how much in the last whole second', () => {
    const { hub, time, rows } = hubAt();
    time.ms = 10_000;
    for (let n = 0; n < 7; n++) hub.add(message('client', 10));
    hub.add(message('server', 11));
    time.ms = 11_500;
    expect(rows()).toMatchObject([{ inFlight: 6, messages: 8, perSecond: 8 }]);
    time.ms = 13_000;
    expect(rows()).toMatchObject([{ inFlight: 6, messages: 8, perSecond: 0 }]);
  });

  test('is given again only when it has changed', () => {
    const { hub, time } = hubAt();
    hub.add(note('connected', null, 'one'));
    hub.add(note('connected', null, 'two'));
    time.ms = 5_000;
    const first = hub.groups.since(0, time.ms);
    expect(first.rows.map(({ group }) => group)).toEqual(['one', 'two']);
    time.ms = 10_000;
    hub.add(note('trusted', null, 'two'));
    const second = hub.groups.since(first.version, time.ms);
    expect(second.rows.map(({ group, state }) => [group, state])).toEqual([['two', 'trusted']]);
    time.ms = 20_000;
    const third = hub.groups.since(second.version, time.ms);
    expect(hub.groups.since(third.version, time.ms).rows).toEqual([]);
  });

  test('is forgotten when there are too many: those that are over first, of these those with trouble last', () => {
    const { hub, time } = hubAt({ maxSessions: 4 });
    hub.add(note('session-failed', null, 'failed, and over'));
    hub.add(note('connected', null, 'lives'));
    hub.add(note('hung-up', null, 'over'));
    hub.add(note('connected', null, 'lives too'));
    time.ms = 1_000;
    const { version } = hub.groups.since(0, time.ms);
    hub.add(note('connected', null, 'new'));
    time.ms = 2_000;
    const { rows, gone } = hub.groups.since(version, time.ms);
    expect([rows.map(({ group }) => group), gone]).toEqual([['new'], ['over']]);
    hub.add(note('connected', null, 'newer'));
    const names = hub.groups.since(0, time.ms).rows.map(({ group }) => group);
    expect(names).toEqual(['lives', 'lives too', 'new', 'newer']);
    expect(hub.totals).toMatchObject({ sessions: 6, forgottenSessions: 2 });
  });

  test('that was forgotten is told to be gone once, and its name finds nothing any more', () => {
    const { hub, time } = hubAt({ maxSessions: 1 });
    const who = { kind: 'session', role: 'server', codec: 'pure_json', address: null } as const;
    hub.add({ ...who, group: 'pump', channelName: 'pump-3' });
    const before = hub.groups.since(0, time.ms).version;
    hub.add(note('connected', null, 'valve'));
    time.ms = 1_000;
    const { version, gone } = hub.groups.since(before, time.ms);
    expect([gone, hub.groups.named('pump-3'), hub.groups.get('pump')]).toEqual([
      ['pump'],
      undefined,
      undefined,
    ]);
    expect(hub.groups.since(version, time.ms)).toMatchObject({ rows: [], gone: [] });
  });

  test('changes for a page at most every 400 ms, whatever passes meanwhile', () => {
    const { hub, time } = hubAt();
    hub.add(note('connected'));
    const { version } = hub.groups.since(0, time.ms);
    const changes = [100, 399, 400].map((ms) => {
      time.ms = ms;
      hub.add(message('client', 10));
      return hub.groups.since(version, ms).rows.map(({ messages }) => messages);
    });
    expect(changes).toEqual([[], [], [3]]);
  });

  test('that goes on is not forgotten, and comes back, because of many that failed', () => {
    const { hub, row } = hubAt({ maxSessions: 20 });
    hub.add(note('connected', null, 'lives'));
    for (let n = 0; n < 200; n++) {
      hub.add(note('session-failed', null, `failed ${n}`));
      hub.add(message('client', 10, { group: 'lives' }));
    }
    expect(hub.totals).toMatchObject({ sessions: 201 });
    expect(row('lives').messages).toBe(200);
  });
});
