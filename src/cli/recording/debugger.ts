/** Writes and reads recordings of the debugger: each line is one of its entries. */

import * as v from 'valibot';
import type { Debugger, NumberedEntry } from '../../inspector/index.js';
import { NOTE_CODES } from '../../inspector/notes.js';
import { completed, Pairing } from '../../inspector/pairing.js';
import { RECORDING_FORMAT, RECORDING_VERSION, recordingHeader } from '../../inspector/recording-header.js';
import { TROUBLES } from '../../inspector/troubles.js';
import {
  AUTHENTICATION_REASONS,
  DECODING_DROPS,
  FRAMING_DROPS,
  LINK_REASONS,
  LISTEN_REASONS,
  MESSAGE_DROPS,
  REFUSAL_REASONS,
  STATUS_REASONS,
  TIMEOUT_REASONS,
} from '../../protocol/reasons.js';
import type { LineFile } from '../files.js';
import { codesOf, formatOf, type OnUnread, readLines } from './format.js';

/**
 * The first line of a file.
 *
 * @param startedAt when that began which is recorded, in milliseconds of the epoch
 */
export function debuggerRecordingHeader(startedAt: number): string {
  return recordingHeader({ time: new Date(startedAt).toISOString() });
}

const side = v.picklist(['client', 'server']);
const place = { number: v.number(), ms: v.number(), group: v.string() };
const bytes = { codec: v.string(), hex: v.nullable(v.string()), hiddenBytes: v.number() };
const dropReason = v.picklist(codesOf({ ...FRAMING_DROPS, ...DECODING_DROPS, ...MESSAGE_DROPS }));
const reason = v.picklist(
  codesOf({
    ...LINK_REASONS,
    ...AUTHENTICATION_REASONS,
    ...TIMEOUT_REASONS,
    ...LISTEN_REASONS,
    ...REFUSAL_REASONS,
    ...STATUS_REASONS,
  }),
);
/** What a line of a recording holds. */
export const entrySchema = v.variant('kind', [
  v.object({
    kind: v.literal('actor'),
    ...place,
    actor: v.string(),
    parent: v.nullable(v.string()),
    chart: v.nullable(v.string()),
  }),
  v.object({
    kind: v.literal('state'),
    ...place,
    actor: v.string(),
    parent: v.optional(v.nullable(v.string()), null),
    chart: v.optional(v.nullable(v.string()), null),
    isOver: v.optional(v.boolean(), false),
    state: v.unknown(),
    context: v.unknown(),
    event: v.string(),
    taken: v.array(v.string()),
  }),
  v.object({
    kind: v.literal('event'),
    ...place,
    from: v.nullable(v.string()),
    to: v.string(),
    event: v.looseObject({ type: v.string() }),
  }),
  v.object({
    kind: v.literal('message'),
    ...place,
    from: side,
    serviceId: v.number(),
    dataId: v.number(),
    status: v.number(),
    names: v.object({ service: v.string(), data: v.string(), status: v.string() }),
    data: v.unknown(),
    // recordings of earlier versions have none of the three
    role: v.optional(v.picklist(['request', 'answer', 'message'])),
    exchange: v.optional(v.nullable(v.number())),
    size: v.optional(v.nullable(v.number())),
    ...bytes,
    isTrouble: v.boolean(),
  }),
  v.object({
    kind: v.literal('drop'),
    ...place,
    from: v.nullable(side),
    reason: dropReason,
    detail: v.string(),
    readableAs: v.nullable(v.string()),
    ...bytes,
    isTrouble: v.literal(true),
  }),
  v.object({
    kind: v.literal('note'),
    ...place,
    code: v.picklist(NOTE_CODES),
    reason: v.nullable(reason),
    from: v.optional(side),
    text: v.string(),
    isTrouble: v.boolean(),
  }),
  v.object({
    kind: v.literal('trouble'),
    ...place,
    code: v.picklist(codesOf(TROUBLES)),
    text: v.string(),
    isTrouble: v.literal(true),
    exchange: v.nullable(v.number()),
    incident: v.number(),
    count: v.number(),
    firstMs: v.number(),
    coveredBy: v.nullable(v.number()),
    about: v.record(v.string(), v.nullable(v.union([v.string(), v.number(), v.boolean()]))),
  }),
  v.object({
    kind: v.literal('session'),
    ...place,
    role: v.nullable(side),
    codec: v.string(),
    address: v.nullable(v.string()),
    channelName: v.nullable(v.string()),
  }),
  v.object({
    kind: v.literal('counters'),
    ...place,
    counters: v.record(v.string(), v.union([v.number(), v.record(v.string(), v.number())])),
  }),
]);

/** An entry as it was recorded. */
export type RecordedEntry = v.InferOutput<typeof entrySchema>;

/**
 * Records every entry of the debugger.
 *
 * @param inspector the debugger
 * @param file what {@link readDebuggerRecording} will read
 */
export function recordDebugger(inspector: Debugger, file: LineFile): void {
  inspector.hub.subscribe({
    take: (entry) => {
      file.append(`${JSON.stringify(entry)}\n`);
      return true;
    },
    leftOut: () => {},
  });
}

/**
 * Reads what {@link recordDebugger} wrote.
 *
 * @param text the recording
 * @param onUnread gets the lines that could not be read
 * @returns the entries; null if the text is not a recording of the debugger
 * @throws InputError for another version, and where there are lines of which none can be read
 */
export function readDebuggerRecording(text: string, onUnread: OnUnread = () => {}): NumberedEntry[] | null {
  if (!isDebuggerRecording(text)) return null;
  const { values } = readLines(text, RECORDING_VERSION, entrySchema, onUnread);
  const pairings = new Map<string, Pairing>();
  return values.map(({ number, ms, ...entry }) => {
    let pairing = pairings.get(entry.group);
    if (pairing === undefined) pairings.set(entry.group, (pairing = new Pairing()));
    return Object.assign(completed(entry, pairing), { number, ms });
  });
}

/** Whether a text begins as a recording of the debugger does. */
export function isDebuggerRecording(text: string): boolean {
  return formatOf(text) === RECORDING_FORMAT;
}

/**
 * When that began which a recording of the debugger shows.
 *
 * @param text the recording
 * @param entries what was read of it
 * @returns milliseconds of the epoch; NaN where the recording does not say
 */
export function beginningOf(text: string, entries: readonly NumberedEntry[]): number {
  const [first = ''] = text.trimStart().split('\n', 1);
  const { time, failure } = JSON.parse(first) as { readonly time?: unknown; readonly failure?: unknown };
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  // the recording of a failure says when it was taken: at its end
  return failure === undefined ? ms : ms - (entries.at(-1)?.ms ?? 0);
}

/**
 * Shows recorded entries in a debugger. Trouble is looked for where the recording has none: older ones were made without.
 *
 * @param entries what {@link readDebuggerRecording} read
 */
export function showRecorded({ hub }: Debugger, entries: readonly NumberedEntry[]): void {
  const isSearched = entries.some(({ kind }) => kind === 'trouble');
  for (const entry of entries) {
    const { number: _, ms, ...recorded } = entry;
    if (isSearched) hub.relay(recorded, ms, null);
    else hub.add(entry);
  }
}
