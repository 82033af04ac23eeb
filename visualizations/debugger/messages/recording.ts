/** Writes and reads recordings of the debugger, so that what a page shows can be kept, sent and opened again. */

import type { IncomingEntry, NumberedEntry } from '../../../src/inspector/entries.js';
import { isEntry } from '../../../src/inspector/entry-shape.js';
import { completed, Pairing } from '../../../src/inspector/pairing.js';
import {
  RECORDING_FORMAT,
  RECORDING_VERSION,
  recordingHeader,
} from '../../../src/inspector/recording-header.js';
import type { Steps } from '../store/steps.js';
import { type FileLine, linesOfFile, textOfFile } from './file-lines.js';
import { faultOf } from './recorded-shape.js';

/** Lines are joined to parts of this many, because a text has a greatest length. */
const LINES_PER_PART = 1_000;

/**
 * Entries as the text of a recording, in parts.
 *
 * @param entries in the order of their numbers
 * @param startedAt when the debugger was opened, in milliseconds of the epoch; null if unknown
 */
export function recordingOf(entries: readonly NumberedEntry[], startedAt: number | null): string[] {
  const time = startedAt === null ? {} : { time: new Date(startedAt).toISOString() };
  const parts = [recordingHeader(time)];
  for (let at = 0; at < entries.length; at += LINES_PER_PART) {
    const lines = entries.slice(at, at + LINES_PER_PART).map((entry) => `${JSON.stringify(entry)}\n`);
    parts.push(lines.join(''));
  }
  return parts;
}

/** What a recording holds. */
export interface Recording {
  readonly entries: readonly NumberedEntry[];
  /** The time of day at 0 ms, in milliseconds of the epoch; null if the recording does not say. */
  readonly startedAt: number | null;
  /** Lines that could not be read, in a sentence; null if all could. */
  readonly unread: string | null;
}

/** Why a file cannot be opened, in a sentence; `isTraffic` where the command line reads it. */
export interface NoRecording {
  readonly error: string;
  readonly isTraffic: boolean;
}

/** How recordings of what passed between two peers name themselves: `proxy --record` writes them. */
const TRAFFIC_FORMAT = 'socket-protocol';

const LINE_FEED = 0x0a;
/** The first line says what a file is; so long it may be, in bytes. */
const MAX_HEADER = 64 * 1024;

/**
 * Reads a recording, line by line.
 *
 * @param bytes what the file holds
 * @param name the name of the file, for errors
 */
export function* readRecording(bytes: Uint8Array, name: string): Steps<Recording | NoRecording> {
  const lines = linesOfFile(bytes);
  // a large file of one line is not read for its header
  const first = bytes.subarray(0, MAX_HEADER).includes(LINE_FEED) ? lines.next().value : undefined;
  const header = jsonIn(first?.text ?? '') as { recording?: unknown; version?: unknown } | null;
  const format = header?.recording;
  if (format === TRAFFIC_FORMAT)
    return { error: `${name} is a recording of a proxy, which the command line reads`, isTraffic: true };
  if (format !== RECORDING_FORMAT) return { error: `${name} is ${whatItIs(bytes)}`, isTraffic: false };
  if (header?.version !== RECORDING_VERSION) {
    const got = JSON.stringify(header?.version) ?? 'none';
    const error = `${name} has version ${got} of recordings; this page reads version ${RECORDING_VERSION}`;
    return { error, isTraffic: false };
  }
  const { entries, faults } = yield* entriesIn(lines);
  const [fault] = faults;
  if (entries.length === 0) {
    const error = fault === undefined ? `${name} is a recording of nothing` : `${name}: ${fault}`;
    return { error, isTraffic: false };
  }
  const more = faults.length > 1 ? `, and so are ${faults.length - 1} more lines` : '';
  const unread = fault === undefined ? null : `${fault}: left out${more}`;
  return { entries, startedAt: startOf(header, entries), unread };
}

/** What the beginning of a file says that it is. */
function whatItIs(bytes: Uint8Array): string {
  const text = textOfFile(bytes.subarray(0, 4_096));
  // pcapng, and pcap in both orders of its bytes
  if (/^(?:\n\r\r\n|\ufffdò|Ôò|ÔÃ²¡|¡²ÃÔ)/.test(text)) return 'a capture: open it with Wireshark';
  if (text.trim() === '') return 'empty';
  return 'not a recording of socket-protocol: those begin with a line of JSON that has the member "recording"';
}

/** The entries of the lines that follow the first. */
function* entriesIn(lines: Iterable<FileLine>): Steps<{ entries: NumberedEntry[]; faults: string[] }> {
  const entries: NumberedEntry[] = [];
  const faults: string[] = [];
  const pairings = new Map<string, Pairing>();
  let number = 1;
  for (const { text, share, isLast } of lines) {
    yield share;
    number++;
    if (text.trim() === '') continue;
    const value = jsonIn(text);
    const place = `line ${number}`;
    if (value === undefined) faults.push(isLast ? `${place}, the last, is cut off` : `${place} is not JSON`);
    else {
      const fault = faultOf(value);
      const entry = fault === null ? wholeEntry(value as object as Incoming, pairings) : null;
      if (entry === null) faults.push(`${place}: ${fault ?? 'something in it is of another type'}`);
      else entries.push(entry);
    }
  }
  return { entries: yield* inOrder(entries), faults };
}

type Incoming = IncomingEntry & { readonly number: number; readonly ms: number };

/** What older recordings of this version have not got. */
const DEFAULTS: Readonly<Partial<Record<NumberedEntry['kind'], object>>> = {
  state: { parent: null, chart: null, isOver: false, context: null },
};

/** Older recordings do not say what answers what, or how large a message is. */
function wholeEntry(entry: Incoming, pairings: Map<string, Pairing>): NumberedEntry | null {
  let pairing = pairings.get(entry.group);
  if (pairing === undefined) pairings.set(entry.group, (pairing = new Pairing()));
  const { number, ms } = entry;
  const whole: unknown = { ...DEFAULTS[entry.kind], ...completed(entry, pairing), number, ms };
  return isEntry(whole) ? whole : null;
}

/** The numbers of a page go up; those of joined files may not. */
function* inOrder(entries: NumberedEntry[]): Steps<NumberedEntry[]> {
  const isInOrder = entries.every(({ number }, index) => number > (entries[index - 1]?.number ?? 0));
  if (isInOrder) return entries;
  const all: NumberedEntry[] = [];
  for (const entry of entries) {
    all.push({ ...entry, number: all.length + 1 });
    yield 1;
  }
  return all;
}

/** The header of a failure says when it happened, which is at its end. */
function startOf(header: object | null, entries: readonly NumberedEntry[]): number | null {
  const { time, failure } = (header ?? {}) as { time?: unknown; failure?: unknown };
  const epochMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(epochMs)) return null;
  return failure === undefined ? epochMs : epochMs - (entries.at(-1)?.ms ?? 0);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
