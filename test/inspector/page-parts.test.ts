import { describe, expect, test } from 'vitest';
import { STATUS__NAMES } from '../../src/index.js';
import {
  type DropEntry,
  type InspectorEntry,
  type MessageEntry,
  type NoteEntry,
  type NumberedEntry,
  noteEntry,
} from '../../src/inspector/index.js';
import { NOTE_CODES } from '../../src/inspector/notes.js';
import {
  AUTHENTICATION_REASONS,
  DECODING_DROPS,
  type DropReason,
  FRAMING_DROPS,
  LINK_REASONS,
  MESSAGE_DROPS,
  type Reason,
  TIMEOUT_REASONS,
} from '../../src/protocol/reasons.js';

/** The page is made of plain modules of JavaScript; their types are checked by `tsconfig.page.json`. */
const partOfPage = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../visualizations/debugger/${name}.js`, import.meta.url).href)) as T;

interface Explanation {
  readonly title: string;
  readonly why: string;
  readonly next: string;
}
const { explain } = await partOfPage<{ explain(entry: InspectorEntry): Explanation | null }>('explain');

interface PageActor {
  readonly state: unknown;
  readonly chart: string | null;
  readonly settled: number;
  readonly taken: { readonly event: string; readonly keys: readonly string[] } | null;
}
interface PageModel {
  readonly entries: readonly NumberedEntry[];
  readonly troubles: readonly NumberedEntry[];
  readonly position: number;
  readonly leftOut: number;
  readonly groups: ReadonlyMap<
    string,
    { readonly actors: ReadonlyMap<string, PageActor>; readonly counters: object }
  >;
  maxEntries: number;
  keptActor: string | null;
  add(entry: NumberedEntry, isFollowed: boolean): void;
  goTo(position: number): void;
  entry(number: number): NumberedEntry | undefined;
}
const { Model } = await partOfPage<{ Model: new () => PageModel }>('model');

interface PageListing {
  readonly entries: readonly NumberedEntry[];
  update(model: PageModel, mark: string, fits: (entry: NumberedEntry) => boolean): void;
}
const { Listing } = await partOfPage<{ Listing: new () => PageListing }>('listing');

const { checksumOf, dumpLines } = await partOfPage<{
  checksumOf(entry: { codec: string; hex: string | null; hiddenBytes: number }): object | null;
  dumpLines(hex: string, perLine: number): { place: string; hex: string; text: string }[];
}>('bytes');

const message = (serviceId: number, status: number, data: unknown): MessageEntry => ({
  kind: 'message',
  group: 'g',
  from: 'server',
  serviceId,
  dataId: 1,
  status,
  names: { service: 's', data: 'd', status: 'x' },
  data,
  codec: 'pure_json',
  hex: null,
  hiddenBytes: 0,
  isTrouble: true,
});

const drop = (reason: DropReason): DropEntry => ({
  kind: 'drop',
  group: 'g',
  from: 'client',
  reason,
  detail: 'of it',
  readableAs: null,
  codec: 'pure_json',
  hex: null,
  hiddenBytes: 0,
  isTrouble: true,
});

const note = (code: NoteEntry['code'], reason: Reason | null): NoteEntry =>
  noteEntry({ group: 'g', code, reason, text: 'as it happened' });

const codesOf = <Code extends string>(table: Readonly<Record<Code, string>>): Code[] =>
  Object.keys(table) as Code[];

/** Those entries that are trouble and have no explanation of what it is, why it happened and what to do. */
const unexplained = (entries: readonly InspectorEntry[]): InspectorEntry[] =>
  entries.filter((entry) => {
    const { title = '', why = '', next = '' } = explain(entry) ?? {};
    return 'isTrouble' in entry && entry.isTrouble && [title, why, next].includes('');
  });

describe('the page explains', () => {
  test('every drop', () => {
    const reasons = codesOf({ ...FRAMING_DROPS, ...DECODING_DROPS, ...MESSAGE_DROPS });
    expect(reasons.length).toBeGreaterThan(20);
    expect(unexplained(reasons.map(drop))).toEqual([]);
  });

  test('every status that is not okay, also one that a user added', () => {
    const statuses = [...Object.keys(STATUS__NAMES).map(Number), 4711];
    expect(statuses.filter((status) => explain(message(11, status, null)) === null)).toEqual([0]);
  });

  test('every failed authentication', () => {
    const reasons = codesOf(AUTHENTICATION_REASONS);
    const notes = reasons.map((reason) => note('authentication-failed', reason));
    expect(notes.map(({ isTrouble }) => isTrouble)).not.toContain(false);
    expect(unexplained(notes)).toEqual([]);
    const titles = new Set(notes.map((entry) => explain(entry)?.title));
    expect(titles.size).toBe(reasons.length);
  });

  test('every lost connection and every failed attempt to connect', () => {
    const reasons = codesOf(LINK_REASONS);
    const codes = ['disconnected', 'connect-failed', 'connection-failed'] as const;
    const notes = codes.flatMap((code) => reasons.map((reason) => note(code, reason)));
    expect(notes.filter(({ isTrouble }) => isTrouble).length).toBeGreaterThan(2 * reasons.length);
    expect(unexplained(notes)).toEqual([]);
  });

  test('every message that was not sent', () => {
    const reasons = codesOf({ ...LINK_REASONS, ...TIMEOUT_REASONS });
    expect(unexplained(reasons.map((reason) => note('message-not-sent', reason)))).toEqual([]);
  });

  test('every other note that is trouble, without a reason', () => {
    const withReason = ['authentication-failed', 'connect-failed', 'connection-failed', 'message-not-sent'];
    const others = NOTE_CODES.filter((code) => !withReason.includes(code)).map((code) => note(code, null));
    expect(others.filter(({ isTrouble }) => isTrouble).map(({ code }) => code)).toEqual([
      'authentication-impossible',
      'callback-failed',
      'session-failed',
      'cut-at-the-end',
      'name-overwritten',
      'failure',
    ]);
    expect(unexplained(others)).toEqual([]);
  });

  test('a wrong secret as such, on either side and on the wire', () => {
    for (const entry of [
      message(1, 0, false),
      note('authentication-failed', 'wrong-secret'),
      note('authentication-failed', 'too-many-wrong-keys'),
      note('disconnected', 'too-many-wrong-keys'),
    ]) {
      const { title, why, next } = explain(entry) ?? {};
      expect(`${title} ${why}`).toContain('the same secret');
      expect(next).toContain('Compare the secrets');
    }
  });

  test('a peer without a secret as such, in the log and on the wire', () => {
    for (const entry of [message(1, 4, null), note('authentication-failed', 'peer-has-no-secret')]) {
      const { title, next } = explain(entry) ?? {};
      expect(title).toBe('The server has no secret');
      expect(next).toContain('Start the server with the secret');
    }
  });

  test('a frame of the other codec as such', () => {
    const { title, why } = explain({ ...drop('checksum'), readableAs: 'struct_json' }) ?? {};
    expect(title).toBe('The two sides use different codecs');
    expect(why).toContain('not a message of pure_json, which this side uses, but a valid one of struct_json');
  });

  test('nothing where nothing is wrong', () => {
    const ordinary = (['peer-closed', 'session-closed', 'reconnect-requested'] as const).map((reason) =>
      note('disconnected', reason),
    );
    for (const entry of [note('connected', null), note('trusted', null), ...ordinary])
      expect([entry.code, entry.isTrouble, explain(entry)]).toEqual([entry.code, false, null]);
    expect(explain({ ...message(11, 0, 'now'), isTrouble: false })).toBeNull();
  });
});

const numbered = (entries: readonly InspectorEntry[]): NumberedEntry[] =>
  entries.map((entry, index) => ({ ...entry, number: index + 1, ms: index }));

const state = (value: string): InspectorEntry => ({
  kind: 'state',
  group: 'g',
  actor: 'authentication',
  parent: 'session',
  chart: 'authentication',
  isOver: false,
  state: value,
  context: null,
  event: 'x',
  taken: [],
});

const story = numbered([
  { kind: 'actor', group: 'g', actor: 'authentication', parent: 'session', chart: 'authentication' },
  state('untrusted'),
  drop('noise'),
  state('seedRequested'),
  note('connected', null),
  state('trusted'),
  drop('noise'),
]);

describe('the model of the page', () => {
  const stateOf = (model: PageModel): unknown => model.groups.get('g')?.actors.get('authentication')?.state;

  test('goes to any moment and back, and knows the troubles until then', () => {
    const model = new Model();
    for (const entry of story) model.add(entry, true);
    expect([stateOf(model), model.troubles.length]).toEqual(['trusted', 2]);
    model.goTo(4);
    expect([stateOf(model), model.troubles.length]).toEqual(['seedRequested', 1]);
    model.goTo(0);
    expect([stateOf(model), model.troubles.length]).toEqual([undefined, 0]);
    model.goTo(99);
    expect([stateOf(model), model.position]).toEqual(['trusted', story.length]);
    expect(model.groups.get('g')?.counters).toEqual({ dropped: { noise: 2 } });
  });

  test('keeps what comes while it is paused for later', () => {
    const model = new Model();
    for (const entry of story.slice(0, 2)) model.add(entry, true);
    for (const entry of story.slice(2)) model.add(entry, false);
    expect(stateOf(model)).toBe('untrusted');
    model.goTo(model.entries.length);
    expect(stateOf(model)).toBe('trusted');
  });

  test('forgets the oldest entries of a long stream, counts them, and still knows how things stand', () => {
    const model = new Model();
    model.maxEntries = 10;
    for (const entry of story) model.add(entry, true);
    for (let n = 1; n <= 100; n++)
      model.add({ ...note('connected', null), number: story.length + n, ms: n }, true);
    expect(model.entries.length).toBeLessThanOrEqual(10);
    expect(model.entries.length + model.leftOut).toBe(story.length + 100);
    expect(stateOf(model)).toBe('trusted');
    expect(model.troubles).toEqual([]);
    expect(model.entry(107)?.number).toBe(107);
    expect(model.entry(3)).toBeUndefined();
  });
});

describe('the model of a page that has been open for long', () => {
  test('forgets sessions that are over, and keeps those that are not', () => {
    const model = new Model();
    model.maxEntries = 10;
    let number = 0;
    const add = (entry: InspectorEntry): void => model.add({ ...entry, number: ++number, ms: number }, true);
    const sessionIn = (group: string, value: string): InspectorEntry => ({
      kind: 'state',
      group,
      actor: 'session',
      parent: null,
      chart: 'session',
      isOver: false,
      state: value,
      context: null,
      event: 'x',
      taken: [],
    });
    add(sessionIn('open', 'disconnected'));
    for (let n = 1; n <= 100; n++) add(sessionIn(`session ${n}`, 'closed'));
    expect(model.groups.has('open')).toBe(true);
    expect(model.groups.has('session 100')).toBe(true);
    expect(model.groups.size).toBeLessThan(20);
  });
});

describe('the pending requests of a page', () => {
  const step = (number: number, state: string, event: string, isOver = false): InspectorEntry => ({
    kind: 'state',
    group: 'g',
    actor: `request ${number}: read data request, data_id 0`,
    parent: 'pendingRequests',
    chart: 'pending-request',
    isOver,
    state,
    context: {},
    event,
    taken: [`${event} 0`],
  });
  const holder: InspectorEntry = {
    kind: 'actor',
    group: 'g',
    actor: 'pendingRequests',
    parent: 'session',
    chart: 'pending-request',
  };
  const modelOf = (entries: readonly InspectorEntry[], keptActor: string | null = null): PageModel => {
    const model = new Model();
    model.keptActor = keptActor;
    for (const entry of numbered([holder, ...entries])) model.add(entry, true);
    return model;
  };

  test('are counted by their states in their holder, which shows the last step of any', () => {
    const model = modelOf([
      step(1, 'queued', 'xstate.init'),
      step(1, 'waiting', 'request.written'),
      step(2, 'queued', 'xstate.init'),
      step(2, 'waiting', 'request.written'),
      step(3, 'queued', 'xstate.init'),
      step(1, 'answered', 'peer.answered', true),
    ]);
    const shown = model.groups.get('g')?.actors.get('pendingRequests');
    expect(shown).toMatchObject({ state: { waiting: 1, queued: 1 }, settled: 1 });
    expect(shown?.taken).toMatchObject({ event: 'peer.answered', from: 'waiting', to: 'answered' });
    model.goTo(3);
    expect(model.groups.get('g')?.actors.get('pendingRequests')).toMatchObject({
      state: { waiting: 1 },
      settled: 0,
    });
  });

  test('are forgotten when they are settled, but for the last few and the one that is shown', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => [
      step(n, 'queued', 'xstate.init'),
      step(n, 'answered', 'peer.answered', true),
    ]).flat();
    const model = modelOf(
      [...many, step(1_000, 'queued', 'xstate.init')],
      'g request 7: read data request, data_id 0',
    );
    const actors = model.groups.get('g')?.actors;
    expect([...(actors?.keys() ?? [])].map((name) => name.split(':')[0])).toEqual([
      'pendingRequests',
      'request 7',
      'request 995',
      'request 996',
      'request 997',
      'request 998',
      'request 999',
      'request 1000',
    ]);
    expect(actors?.get('pendingRequests')).toMatchObject({ state: { queued: 1 }, settled: 1_000 });
  });

  test('have a picture though the page has not seen them come', () => {
    const actors = modelOf([step(9, 'ghost', 'request.cancelled')]).groups.get('g')?.actors;
    expect([...(actors?.values() ?? [])].at(-1)).toMatchObject({ chart: 'pending-request', state: 'ghost' });
  });
});

describe('the listing of the page', () => {
  test('is what a filter lets through, wherever one goes', () => {
    const model = new Model();
    const listing = new Listing();
    const listed = (mark: string, kind: string): number[] => {
      listing.update(model, mark, (entry) => entry.kind === kind);
      return listing.entries.map(({ number }) => number);
    };
    for (const entry of story.slice(0, 4)) model.add(entry, true);
    expect(listed('drops', 'drop')).toEqual([3]);
    for (const entry of story.slice(4)) model.add(entry, true);
    expect(listed('drops', 'drop')).toEqual([3, 7]);
    model.goTo(5);
    expect(listed('drops', 'drop')).toEqual([3]);
    expect(listed('states', 'state')).toEqual([2, 4]);
    model.goTo(7);
    expect(listed('states', 'state')).toEqual([2, 4, 6]);
    expect(listed('drops', 'drop')).toEqual([3, 7]);
  });
});

describe('bytes', () => {
  test('are shown with their place, their text and their checksum', () => {
    const hex = '7b 22 61 22 3a 31 7d 00 01 02 ff';
    expect(dumpLines(hex, 8)).toEqual([
      { place: '0000', hex: '7b 22 61 22 3a 31 7d 00', text: '{"a":1}·' },
      { place: '0008', hex: '01 02 ff', text: '···' },
    ]);
    expect(dumpLines('', 8)).toEqual([]);
    const entry = { codec: 'pure_json', hex, hiddenBytes: 0 };
    expect(checksumOf(entry)).toEqual({ name: 'CRC-32', value: '00 01 02 ff' });
    expect(checksumOf({ ...entry, codec: 'struct_json' })).toEqual({ name: 'XOR', value: 'ff' });
    expect(checksumOf({ ...entry, codec: 'own' })).toBeNull();
    expect(checksumOf({ ...entry, hiddenBytes: 1 })).toBeNull();
    expect(checksumOf({ ...entry, hex: null })).toBeNull();
  });
});
