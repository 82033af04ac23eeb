/** Entries and times in words. */

import type { NumberedEntry } from './types.js';
import { nameOfState } from './world.js';

/** An entry in one line; all of it, for a line is shortened by how it is drawn. */
export function textOf(entry: NumberedEntry): string {
  switch (entry.kind) {
    case 'message': {
      const { names, status, data } = entry;
      const suffix = status === 0 ? '' : `, status ${names.status}`;
      return `${entry.from} → ${names.service}, ${names.data}${suffix}: ${JSON.stringify(data)}`;
    }
    case 'drop':
      return `${entry.from === null ? '' : `${entry.from} → `}dropped (${entry.reason}): ${entry.detail}`;
    case 'note':
    case 'trouble':
      return entry.text;
    case 'event':
      return `${entry.from ?? 'program'} → ${entry.to}: ${entry.event.type}`;
    case 'actor':
      return `${entry.actor} started`;
    case 'state':
      return `${entry.actor} is in ${nameOfState(entry.state)}`;
    case 'session':
      return `${entry.role}, ${entry.codec}${entry.address === null ? '' : `, with ${entry.address}`}`;
    case 'counters':
      return 'counters';
  }
}

/** What a search looks through: the line, and the codes behind it; in small letters. */
export function searchedTextOf(entry: NumberedEntry): string {
  const codes =
    entry.kind === 'note'
      ? ` ${entry.code} ${entry.reason ?? ''}`
      : entry.kind === 'trouble'
        ? ` ${entry.code}`
        : '';
  return `${entry.group}: ${textOf(entry)}${codes}`.toLowerCase();
}

/** Whether an entry is trouble. */
export const isTrouble = (entry: NumberedEntry): boolean => 'isTrouble' in entry && entry.isTrouble;

/** Milliseconds as `1.234`, in seconds. */
export const seconds = (ms: number): string => (ms / 1_000).toFixed(3);

/** How long something took: `0.42 ms`, `12 ms`, `1.23 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  // what is rounded up to the next unit is written in it
  if (ms < 9.995) return `${ms.toFixed(2)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const inSeconds = Math.round(ms / 1_000);
  if (inSeconds < 3_600) return `${Math.floor(inSeconds / 60)} min ${inSeconds % 60} s`;
  const inMinutes = Math.round(ms / 60_000);
  return `${Math.floor(inMinutes / 60)} h ${inMinutes % 60} min`;
}

/** A moment as the clock on the wall has it: `14:03:27.512`. */
export function wallClock(epochMs: number): string {
  const time = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/**
 * When something happened, as lists say it: the time of day, or how long after the beginning.
 *
 * @param startedAt when the beginning was, in milliseconds of the epoch; null if unknown
 * @param ms milliseconds since then
 */
export const clockText = (startedAt: number | null, ms: number): string =>
  startedAt === null ? `${seconds(ms)} s` : wallClock(startedAt + ms);

/** A number with separators: `12,345`. */
export const count = (value: number): string => value.toLocaleString('en');

/** So many of something: `1 row`, `12,345 rows`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
