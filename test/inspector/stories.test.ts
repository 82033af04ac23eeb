/** Every code of every table has a story: what it is, why it happens, what to do. */

import { describe, expect, test } from 'vitest';
import { STATUS__NAMES } from '../../src/index.js';
import {
  type DropEntry,
  type InspectorEntry,
  type MessageEntry,
  type NoteEntry,
  noteEntry,
  type TroubleEntry,
} from '../../src/inspector/index.js';
import { NOTE_CODES } from '../../src/inspector/notes.js';
import { TROUBLE_CODES, type TroubleCode } from '../../src/inspector/troubles.js';
import {
  AUTHENTICATION_REASONS,
  DECODING_DROPS,
  type DropReason,
  FRAMING_DROPS,
  LINK_REASONS,
  MESSAGE_DROPS,
  PEER_REFUSALS,
  type Reason,
  TIMEOUT_REASONS,
} from '../../src/protocol/reasons.js';
import { type Story, storyOf } from '../../visualizations/debugger/stories/stories.js';

const message = (serviceId: number, status: number, data: unknown): MessageEntry => ({
  kind: 'message',
  group: 'g',
  from: 'server',
  role: 'answer',
  exchange: 1,
  size: 0,
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

const trouble = (code: TroubleCode, about: TroubleEntry['about'] = {}): TroubleEntry => ({
  kind: 'trouble',
  group: 'g',
  code,
  text: 'what happened',
  isTrouble: true,
  exchange: null,
  incident: 1,
  count: 3,
  firstMs: 0,
  coveredBy: null,
  about,
});

const codesOf = <Code extends string>(table: Readonly<Record<Code, string>>): Code[] =>
  Object.keys(table) as Code[];

const isWhole = (story: Story | null): boolean =>
  story !== null &&
  story.title !== '' &&
  story.why !== '' &&
  story.next.length > 0 &&
  story.next.every(({ text, code }) => text !== '' && code !== '') &&
  !/undefined|NaN|\bnull\b/.test(JSON.stringify(story));

/** Those entries that are trouble, and have no whole story. */
const untold = (entries: readonly InspectorEntry[]): InspectorEntry[] =>
  entries.filter((entry) => 'isTrouble' in entry && entry.isTrouble && !isWhole(storyOf(entry)));

describe('a story is told of', () => {
  test('every drop', () => {
    const reasons = codesOf({ ...FRAMING_DROPS, ...DECODING_DROPS, ...MESSAGE_DROPS });
    expect(reasons.length).toBeGreaterThan(20);
    expect(untold(reasons.map(drop))).toEqual([]);
  });

  test('every status that is not okay, also one that a user added', () => {
    const statuses = [...Object.keys(STATUS__NAMES).map(Number), 4711];
    expect(statuses.filter((status) => storyOf(message(11, status, null)) === null)).toEqual([0]);
  });

  test('a wrong key, by the answer to it', () => {
    expect(storyOf(message(1, 0, false))?.title).toContain('key is wrong');
    expect(storyOf(message(1, 0, true))).toBeNull();
    expect(storyOf(message(1, 4, null))?.title).toContain('no secret');
  });

  test('a wrong secret as such, on either side and on the wire', () => {
    for (const entry of [
      message(1, 0, false),
      note('authentication-failed', 'wrong-secret'),
      note('authentication-failed', 'too-many-wrong-keys'),
      note('disconnected', 'too-many-wrong-keys'),
      trouble('wrong-secret'),
    ]) {
      const { title, why, next } = storyOf(entry) as Story;
      expect(`${title} ${why}`).toContain('the same secret');
      expect(next[0]?.text).toContain('Compare the secrets');
    }
  });

  test('a peer without a secret as such, in the log and on the wire', () => {
    for (const entry of [message(1, 4, null), note('authentication-failed', 'peer-has-no-secret')])
      expect(storyOf(entry)?.title).toBe('The server has no secret');
  });

  test('a frame of the other codec as such', () => {
    const { title, why } = storyOf({ ...drop('checksum'), readableAs: 'struct_json' }) as Story;
    expect(title).toBe('The two sides use different codecs');
    expect(why).toContain('not a message of pure_json, which this side uses, but a valid one of struct_json');
  });

  test('nothing where nothing is wrong', () => {
    const ordinary = (['peer-closed', 'session-closed', 'reconnect-requested'] as const).map((reason) =>
      note('disconnected', reason),
    );
    const okay = { ...message(11, 0, 5), isTrouble: false };
    for (const entry of [...ordinary, okay, note('connected', null), note('trusted', null)])
      expect(storyOf(entry)).toBeNull();
  });

  test('every note, whatever its reason', () => {
    const reasons: (Reason | null)[] = [
      null,
      ...codesOf({ ...LINK_REASONS, ...AUTHENTICATION_REASONS, ...TIMEOUT_REASONS }),
    ];
    const fitting = (code: NoteEntry['code'], reason: Reason | null): boolean => {
      if (code === 'authentication-failed')
        return reason !== null && Object.hasOwn(AUTHENTICATION_REASONS, reason);
      if (code === 'message-not-sent') return reason !== null;
      if (['disconnected', 'connect-failed', 'connection-failed'].includes(code))
        return reason !== null && Object.hasOwn(LINK_REASONS, reason);
      return reason === null;
    };
    const notes = NOTE_CODES.flatMap((code) =>
      reasons.filter((reason) => fitting(code, reason)).map((reason) => note(code, reason)),
    );
    expect(notes.length).toBeGreaterThan(100);
    expect(untold(notes)).toEqual([]);
  });

  test.each(TROUBLE_CODES)('the trouble %s, also where a recording lacks its figures', (code) => {
    const story = storyOf(trouble(code));
    expect([story?.title, story?.why].includes('')).toBe(false);
    expect(story?.next.length).toBeGreaterThan(0);
    expect(JSON.stringify(story)).not.toMatch(/undefined|NaN/);
  });

  test('a trouble for every reason that it can have', () => {
    const linkCodes = [
      'link-lost',
      'connect-failed',
      'limit-exceeded',
      'peer-does-not-read',
      'other-protocol',
    ] as const;
    const of = (code: TroubleCode, reasons: readonly string[]): TroubleEntry[] =>
      reasons.map((reason) =>
        trouble(code, { reason, detail: 'as it was noted', requestsWaiting: 2, openMs: 10 }),
      );
    const troubles = [
      ...linkCodes.flatMap((code) => of(code, codesOf(LINK_REASONS))),
      ...of('authentication-failed', codesOf(AUTHENTICATION_REASONS)),
      ...of('request-timed-out', codesOf(TIMEOUT_REASONS)),
      ...of('message-not-sent', codesOf({ ...TIMEOUT_REASONS, ...LINK_REASONS })),
      ...of('peer-refused', [...codesOf(PEER_REFUSALS), 'set-up-failed']),
      ...of('dropped', codesOf(MESSAGE_DROPS)),
      ...of('bad-frames', codesOf({ ...DECODING_DROPS, ...FRAMING_DROPS })),
      ...Object.keys(STATUS__NAMES)
        .filter((status) => status !== '0')
        .map((status) => trouble('bad-status', { status: Number(status), statusName: 'x', from: 'server' })),
    ];
    expect(troubles.length).toBeGreaterThan(200);
    expect(untold(troubles)).toEqual([]);
  });
});

describe('a story has the figures of its case', () => {
  const asked = {
    service: 'read data request',
    data: 'pressure',
    serviceId: 10,
    dataId: 7,
    requestNumber: 501,
    waitedMs: 2_000,
    timeoutMs: 2_000,
    isWritten: true,
    reason: 'no-answer',
    silentMs: null,
    lateByMs: null,
  };

  test('a request that timed out: which, how long it waited, whether it was written', () => {
    const story = storyOf(trouble('request-timed-out', asked), { server: 'device:17017', client: null });
    expect(story?.facts).toEqual(
      expect.arrayContaining([
        ['Request', 'read data request, data id pressure'],
        ['Number', '501 of this session'],
        ['Waited', '2.0 s'],
        ['Written', 'yes: the peer may have acted on it'],
      ]),
    );
    expect(story?.next.map(({ code }) => code)).toContain(
      'socket-protocol request device:17017 10 7 --timeout 4000',
    );
  });

  test('one whose answer came too late says by how much, and how much time is enough', () => {
    const story = storyOf(trouble('request-timed-out', { ...asked, lateByMs: 1_200, lateAnswers: 1 }));
    expect(story?.title).toContain('came too late');
    expect(story?.why).toContain('1.2 s');
    expect(story?.next[0]?.code).toBe('{ timeout: 7000 }');
  });

  test('one in silence says that nothing at all came', () => {
    const story = storyOf(trouble('request-timed-out', { ...asked, silentMs: 2_000 }));
    expect(story?.title).toContain('nothing at all came');
  });

  test('a codec that does not fit says which is used where, and how each kind of program is told', () => {
    const about = {
      from: 'server',
      evidence: 'frames-of-other-codec',
      ours: 'pure_json',
      likely: 'struct_json',
      others: 'reads-ours',
      frames: 1,
      bytes: 20,
      isBetween: false,
    };
    const story = storyOf(trouble('codec-mismatch', about));
    expect(story?.title).toBe('The two sides use different codecs: struct_json and pure_json');
    const codes = story?.next.map(({ code }) => code);
    expect(codes).toEqual(
      expect.arrayContaining(['--struct', 'codec: structJson', 'struct_json_protocol(comm)']),
    );
    const between = storyOf(trouble('codec-mismatch', { ...about, isBetween: true, others: 'same' }));
    expect(between?.title).toBe('The traffic is struct_json, and the debugger reads pure_json');
  });

  test('a peer that never answered is asked in the other codec when its only connection is free again', () => {
    const about = { silent: 'server', isOwn: true, codec: 'pure_json', bytes: 0 };
    const story = storyOf(trouble('never-answered', about), { server: 'device:17017', client: null });
    expect(story?.title).toBe('The server has never answered: probably it uses another codec');
    expect(story?.next[0]).toEqual({
      text: expect.stringContaining('End this connection'),
      code: 'socket-protocol ping device:17017 --struct',
    });
    expect(story?.next[1]).toEqual({
      text: expect.stringContaining('structJson of socket-protocol/wire'),
      code: 'codec: structJson',
    });
  });

  test('a peer that answered on an earlier connection hangs, and its codec is not suspected', () => {
    const about = { silent: 'server', isOwn: true, codec: 'pure_json', bytes: 0, hasAnsweredBefore: true };
    const story = storyOf(trouble('never-answered', about));
    expect(story?.title).toBe('The server accepts connections and answers nothing any more');
    expect(JSON.stringify(story)).not.toContain('other codec');
  });

  test.each([
    [10, 'session.onRead(99, …)'],
    [30, 'session.onExecute(99, …)'],
    [100, 'session.registerCallback(100, 99, …)'],
    [null, undefined],
  ])('a request that this side does not answer says how a program answers it: service %s', (serviceId, code) => {
    const about = { serviceId, dataId: 99, status: 4, statusName: 'x', from: 'server', isOwn: true };
    expect(storyOf(trouble('bad-status', about))?.next[0]?.code).toBe(code);
  });

  test('a peer that a server refused says who, how often and why, with commands for this server', () => {
    const about = {
      reason: 'too-many-connections',
      address: '192.0.2.7',
      lastAddress: '192.0.2.7',
      listener: '127.0.0.1:17099',
      detail: '',
    };
    const story = storyOf(trouble('peer-refused', about));
    expect(story?.title).toBe('192.0.2.7 was refused 3 times: the server has too many connections');
    expect(story?.facts).toEqual([
      ['Address', '192.0.2.7'],
      ['Refused', '3 times'],
      ['Server', '127.0.0.1:17099'],
    ]);
    expect(story?.next[0]?.code).toContain("'sport = :17099'");
    const others = storyOf(trouble('peer-refused', { ...about, address: 'other addresses' }));
    expect(others?.title).toMatch(/^Other addresses were refused 3 times/);
    expect(others?.facts).toContainEqual(['The last of them', '192.0.2.7']);
  });

  test('another protocol is told from the side that hears it', () => {
    const about = { reason: 'peer-speaks-http', own: 'server' };
    const story = storyOf(trouble('other-protocol', about), { server: null, client: '192.0.2.7' });
    expect(story?.title).toBe('A client speaks HTTP to this server');
    expect(story?.why).toContain('192.0.2.7');
    expect(storyOf(trouble('other-protocol', { ...about, own: 'client' }))?.title).toBe(
      'The peer speaks HTTP',
    );
  });

  test('noise says what is printed', () => {
    const story = storyOf(
      trouble('noise', {
        from: 'server',
        text: 'boot v1.2 ok\\n',
        hex: '62 6f',
        totalBytes: 13,
        isText: true,
      }),
    );
    expect(story?.title).toBe('The server prints text to the line: "boot v1.2 ok\\n"');
  });
});

describe('what a later version says, which this page does not know', () => {
  test.each(['brand-new', 'constructor', '__proto__'])('is told as far as it can be: %s', (word) => {
    expect(storyOf(drop(word as DropReason))).toMatchObject({ title: 'Something was dropped', why: 'of it' });
    for (const code of NOTE_CODES) {
      const story = storyOf({ ...note(code, word as Reason), isTrouble: true });
      expect(story === null || story.title !== '').toBe(true);
    }
    for (const code of TROUBLE_CODES) {
      const story = storyOf(trouble(code, { reason: word, status: word, evidence: word }));
      expect(story?.title).not.toBe('');
      expect(story?.next.every(({ text }) => typeof text === 'string')).toBe(true);
    }
  });
});
