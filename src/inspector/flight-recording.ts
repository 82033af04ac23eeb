/** Makes a recording of the debugger out of a flight record, so that a failure can be looked at like a session that is live. */

import { Message } from '../protocol/message.js';
import type { DropReason } from '../protocol/reasons.js';
import type {
  Failure,
  FlightDrop,
  FlightEntry,
  FlightMessage,
  FlightNote,
  FlightRecord,
  FlightState,
} from '../session/flight/flight-record.js';
import { isTroubled } from '../session/journal/observation.js';
import { pureJson } from '../wire/pure-json.js';
import { structJson } from '../wire/struct-json.js';
import { chartOf } from './charts.js';
import type { InspectorEntry, MessageEntry, NumberedEntry, StateEntry } from './entries.js';
import { bytesOf } from './excerpts.js';
import { noteEntry } from './notes.js';
import { Pairing } from './pairing.js';
import { recordingHeader } from './recording-header.js';
import { takenBetween } from './taken.js';

/** What stands for data that was not kept, and for the rest of data that was cut. */
const LEFT_OUT = '…';
const MASK = '***';
/** The actor above all others. */
const ROOT = 'session';

/**
 * A failure as the text of a recording, which `socket-protocol inspect --replay`, `decode` and `replay` read. The options
 * `recordFailures` of `connect` and `listen` write such files.
 *
 * @param failure what the event `failure` of a session gave
 * @param time the present time of day
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { connect } from 'socket-protocol';
 * import { failureRecording } from 'socket-protocol/inspector';
 *
 * const session = await connect({ port: 17017 });
 * session.on('failure', (failure) => writeFileSync('failure.jsonl', failureRecording(failure), { mode: 0o600 }));
 * ```
 */
export function failureRecording(failure: Failure, time: Date = new Date()): string {
  const { record, ...what } = failure;
  const { entries, ...summary } = record;
  const header = recordingHeader({ time: time.toISOString(), failure: what, summary });
  return (
    header +
    entriesOf(failure)
      .map((entry) => `${JSON.stringify(entry)}\n`)
      .join('')
  );
}

/** The entries of a recording, from the first of the record, at 0 ms, to the failure itself. */
function entriesOf({ kind, reason, detail, record }: Failure): NumberedEntry[] {
  const startMs = record.entries[0]?.ms ?? record.takenMs;
  const group = record.channelName ?? record.role;
  const numbered: NumberedEntry[] = [];
  const add = (ms: number, entry: InspectorEntry): void => {
    const sinceMs = Math.round((ms - startMs) * 1_000) / 1_000;
    numbered.push({ ...entry, number: numbered.length + 1, ms: sinceMs });
  };
  for (const entry of beginning(record, group)) add(startMs, entry);
  const states = new Map<string, string>();
  const pairing = new Pairing();
  for (const entry of record.entries) {
    const before = states.get(entry.kind === 'state' ? entry.actor : '');
    add(entry.ms, entryOf(entry, record, group, before, pairing));
    if (entry.kind === 'state') states.set(entry.actor, entry.state);
  }
  const counters = { ...record.counters } as Extract<InspectorEntry, { kind: 'counters' }>['counters'];
  add(record.takenMs, { kind: 'counters', group, counters });
  const text = [`the failure: ${kind}`, reason, detail]
    .filter((part) => part !== null && part !== '')
    .join(', ');
  add(record.takenMs, { ...noteEntry({ group, code: 'failure', reason, text }), isTrouble: true });
  return numbered;
}

/** The actors; and the states of those that did not change while the recorder saw it. */
function beginning({ states, entries }: FlightRecord, group: string): InspectorEntry[] {
  const moved = new Set(entries.flatMap((entry) => (entry.kind === 'state' ? [entry.actor] : [])));
  const actors = [ROOT, ...[...Object.keys(states), ...moved].filter((actor) => actor !== ROOT)];
  return [...new Set(actors)].flatMap((actor): InspectorEntry[] => {
    const parent = actor === ROOT ? null : ROOT;
    const chart = chartOf(actor, parent);
    const begun: InspectorEntry = { kind: 'actor', group, actor, parent, chart };
    const state = states[actor];
    if (state === undefined || moved.has(actor)) return [begun];
    return [begun, stateOf({ actor, state, event: 'xstate.init' }, group, undefined)];
  });
}

function entryOf(
  entry: FlightEntry,
  record: FlightRecord,
  group: string,
  stateBefore: string | undefined,
  pairing: Pairing,
): InspectorEntry {
  switch (entry.kind) {
    case 'message':
      return messageOf(entry, record, group, pairing);
    case 'state':
      return stateOf(entry, group, stateBefore);
    case 'drop':
      return dropOf(entry, record, group);
    case 'note':
      if (entry.code === 'disconnected') pairing.linkEnded();
      return noteOf(entry, group);
  }
}

function stateOf(
  { actor, state, event }: Pick<FlightState, 'actor' | 'state' | 'event'>,
  group: string,
  before: string | undefined,
): StateEntry {
  const parent = actor === ROOT ? null : ROOT;
  const chart = chartOf(actor, parent);
  return {
    kind: 'state',
    group,
    actor,
    parent,
    chart,
    isOver: false,
    state: snapshotValueOf(state),
    context: null,
    event,
    taken: chart === null || before === undefined ? [] : takenBetween(chart, before, event, state),
  };
}

/** `client.proving.keySent` as the value of a snapshot. */
function snapshotValueOf(path: string): unknown {
  const names = path.split('.');
  return names.slice(0, -1).reduceRight<unknown>((value, name) => ({ [name]: value }), names.at(-1));
}

function messageOf(
  entry: FlightMessage,
  { role, codec }: FlightRecord,
  group: string,
  pairing: Pairing,
): MessageEntry {
  const { direction, serviceId, dataId, status, names } = entry;
  const peer = role === 'client' ? 'server' : 'client';
  const from = direction === 'sent' ? role : peer;
  const data = shownData(entry);
  return {
    kind: 'message',
    group,
    from,
    ...pairing.place({ from, serviceId, dataId }),
    size: entry.byteLength,
    serviceId,
    dataId,
    status,
    names,
    data,
    codec,
    ...shownBytes(entry, codec),
    isTrouble: isTroubled({ serviceId, status, data }),
  };
}

function shownData({ shows, data }: FlightMessage): unknown {
  switch (shows) {
    case 'data':
      return data;
    case 'beginning':
      return `${String(data)}${LEFT_OUT}`;
    case 'nothing, confidential':
      return MASK;
    default:
      return LEFT_OUT;
  }
}

/** The bytes of the payload, where they can be written again as they were. */
function shownBytes(
  { shows, data, serviceId, dataId, status, byteLength }: FlightMessage,
  codecName: string,
): Pick<MessageEntry, 'hex' | 'hiddenBytes'> {
  if (shows === 'bytes') {
    const bytes = Buffer.from(String(data), 'hex');
    return { ...bytesOf(bytes), hiddenBytes: byteLength - bytes.length };
  }
  const codec = [pureJson, structJson].find(({ name }) => name === codecName);
  if (shows === 'data' && codec !== undefined) {
    const payload = codec.encode(new Message({ serviceId, dataId, status, data }));
    if (payload.length === byteLength) return bytesOf(payload);
  }
  return { hex: null, hiddenBytes: byteLength };
}

/** Why something was dropped on its way out. */
const OWN_DROPS: ReadonlySet<DropReason> = new Set([
  'late-result',
  'link-lost',
  'not-sent',
  'too-many-pending',
  'too-many-queued-bytes',
]);

function dropOf(entry: FlightDrop, { role, codec }: FlightRecord, group: string): InspectorEntry {
  const { reason, detail, byteLength } = entry;
  const peer = role === 'client' ? 'server' : 'client';
  const from = OWN_DROPS.has(reason) ? role : peer;
  const bytes = { hex: null, hiddenBytes: byteLength };
  return { kind: 'drop', group, from, reason, detail, readableAs: null, codec, ...bytes, isTrouble: true };
}

function noteOf({ code, reason, detail }: FlightNote, group: string): InspectorEntry {
  const text = [reason, detail].filter((part) => part !== null && part !== '').join(': ');
  return noteEntry({ group, code, reason, text: text === '' ? code : text });
}
