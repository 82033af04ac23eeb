/** Entries as a debugger sends them, for tests of its page. */

import type { InspectorEntry, NumberedEntry } from '../../src/inspector/entries.js';
import type { Feed, SessionRow } from '../../src/inspector/feed.js';

/** Gives entries their places and times, one millisecond after the other. */
export const numbered = (entries: readonly InspectorEntry[], from = 1): NumberedEntry[] =>
  entries.map((entry, index) => ({ ...entry, number: from + index, ms: from + index - 1 }));

/** A step of an actor. */
export const state = (
  value: unknown,
  more: Partial<Extract<InspectorEntry, { kind: 'state' }>> = {},
): InspectorEntry => ({
  kind: 'state',
  group: 'pump',
  actor: 'authentication',
  parent: 'session',
  chart: 'authentication',
  isOver: false,
  state: value,
  context: null,
  event: 'x',
  taken: [],
  ...more,
});

/** A message. */
export const message = (
  more: Partial<Extract<InspectorEntry, { kind: 'message' }>> = {},
): InspectorEntry => ({
  kind: 'message',
  group: 'pump',
  from: 'client',
  role: 'request',
  exchange: 1,
  size: 7,
  serviceId: 10,
  dataId: 0,
  status: 0,
  names: { service: 'read data request', data: '0', status: 'okay' },
  data: null,
  codec: 'pure_json',
  hex: '7b 22 61 22 3a 31 7d',
  hiddenBytes: 0,
  isTrouble: false,
  ...more,
});

/** Something dropped. */
export const drop = (more: Partial<Extract<InspectorEntry, { kind: 'drop' }>> = {}): InspectorEntry => ({
  kind: 'drop',
  group: 'pump',
  from: 'server',
  reason: 'noise',
  detail: 'boot v1.2 ok',
  readableAs: null,
  codec: 'pure_json',
  hex: '62 6f 6f 74',
  hiddenBytes: 0,
  isTrouble: true,
  ...more,
});

/** What a detector found. */
export const trouble = (
  more: Partial<Extract<InspectorEntry, { kind: 'trouble' }>> = {},
): InspectorEntry => ({
  kind: 'trouble',
  group: 'pump',
  code: 'request-timed-out',
  text: 'read data request, 0 was not answered within 100 ms',
  isTrouble: true,
  exchange: 1,
  incident: 1,
  count: 1,
  firstMs: 0,
  coveredBy: null,
  about: { waitedMs: 100 },
  ...more,
});

/** A note. */
export const note = (
  text: string,
  more: Partial<Extract<InspectorEntry, { kind: 'note' }>> = {},
): InspectorEntry => ({
  kind: 'note',
  group: 'pump',
  code: 'connected',
  reason: null,
  text,
  isTrouble: false,
  ...more,
});

/** A session in the list. */
export const row = (group: string, more: Partial<SessionRow> = {}): SessionRow => ({
  group,
  process: null,
  address: null,
  channelName: null,
  role: 'client',
  codec: 'pure_json',
  state: 'trusted',
  isOver: false,
  inFlight: 0,
  messages: 0,
  perSecond: 0,
  timeouts: 0,
  troubles: 0,
  lastTrouble: null,
  firstMs: 0,
  lastMs: 0,
  canSend: false,
  ...more,
});

/** What a debugger answers a page. */
export const feed = (entries: readonly NumberedEntry[], more: Partial<Feed> = {}): Feed => ({
  source: 'one',
  title: 'live',
  startedAt: 1_000_000,
  nowMs: entries.at(-1)?.ms ?? 0,
  entries,
  last: entries.at(-1)?.number ?? 0,
  forgotten: 0,
  troubles: [],
  totals: {
    entries: entries.length,
    messages: 0,
    troubles: 0,
    byCode: {},
    missedElsewhere: 0,
    sessions: 1,
    forgottenSessions: 0,
  },
  sessions: [],
  goneSessions: [],
  version: 1,
  canSend: false,
  ...more,
});

/** Does work in steps to its end. */
export function atOnce<Result>(steps: Generator<number, Result, void>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
