/** Makes entries out of what a recorder has kept. */

import { Message } from '../../protocol/message.js';
import type { DropReason, NoteCode, Reason } from '../../protocol/reasons.js';
import type { Vocabulary } from '../../protocol/vocabulary.js';
import { BYTES_AFTER_DATA, dataStartOf } from '../../wire/data-place.js';
import {
  ACTORS,
  DATA_ID_SPACE,
  IS_RAW,
  KEPT,
  KEPT_BITS,
  KIND,
  KIND_BITS,
  LENGTH_UNIT,
  NAME_SPACE,
  ODD_KEY,
  STATUS_SHIFT,
} from './entry-layout.js';
import type { FlightEntry, FlightMessage } from './flight-record.js';
import { nameOf } from './names.js';
import type { FlightRecorder } from './recorder.js';
import type { RawEntry } from './ring.js';

/** The entries of a recorder, oldest first. */
export function entriesOf(recorder: FlightRecorder, vocabulary: Vocabulary): FlightEntry[] {
  return Array.from(recorder.ring.entries(), (raw) => entryOf(raw, recorder, vocabulary));
}

function entryOf(raw: RawEntry, recorder: FlightRecorder, vocabulary: Vocabulary): FlightEntry {
  const { ms, key, info, text: detail } = raw;
  const kind = info % (1 << KIND_BITS);
  const name = Math.floor(info / (1 << KIND_BITS));
  switch (kind) {
    case KIND.state: {
      const actors = 1 << KIND_BITS;
      const reason = nameOf(Math.floor(key / NAME_SPACE)) || null;
      const actor = ACTORS[name % actors] ?? '';
      return {
        kind: 'state',
        ms,
        actor,
        state: nameOf(key % NAME_SPACE),
        event: nameOf(Math.floor(name / actors)),
        reason,
      };
    }
    case KIND.drop:
      return { kind: 'drop', ms, reason: nameOf(name) as DropReason, byteLength: key, detail };
    case KIND.note:
      return { kind: 'note', ms, code: nameOf(name) as NoteCode, reason: reasonOf(key), detail };
    default:
      return messageOf(raw, kind === KIND.sent ? 'sent' : 'received', recorder, vocabulary);
  }
}

function reasonOf(number: number): Reason | null {
  return (nameOf(number) as Reason | '') || null;
}

function messageOf(
  raw: RawEntry,
  direction: FlightMessage['direction'],
  recorder: FlightRecorder,
  vocabulary: Vocabulary,
): FlightMessage {
  const bits = raw.info % LENGTH_UNIT;
  const [serviceId, dataId, status, byteLength] =
    raw.key === ODD_KEY
      ? (JSON.parse(raw.text) as [number, number, number, number])
      : [
          Math.floor(raw.key / DATA_ID_SPACE),
          raw.key % DATA_ID_SPACE,
          bits >> STATUS_SHIFT,
          Math.floor(raw.info / LENGTH_UNIT),
        ];
  const names = {
    service: vocabulary.serviceName(serviceId),
    data: vocabulary.dataName(serviceId, dataId),
    status: vocabulary.statusName(status),
  };
  const ids = { serviceId, dataId, status };
  const kept = (bits >> KIND_BITS) % (1 << KEPT_BITS);
  const isRaw = (bits & IS_RAW) !== 0;
  const shown = shownOf(ids, byteLength, kept, isRaw, raw.headAt, recorder);
  return { kind: 'message', ms: raw.ms, direction, ...ids, names, byteLength, ...shown };
}

type Shown = Pick<FlightMessage, 'shows' | 'data'>;

const VERDICTS: ReadonlyMap<number, Shown> = new Map<number, Shown>([
  [KEPT.confidential, { shows: 'nothing, confidential', data: null }],
  [KEPT.nothing, { shows: 'nothing', data: null }],
  [KEPT.null, { shows: 'data', data: null }],
  [KEPT.true, { shows: 'data', data: true }],
  [KEPT.false, { shows: 'data', data: false }],
]);

function shownOf(
  ids: Pick<FlightMessage, 'serviceId' | 'dataId' | 'status'>,
  byteLength: number,
  kept: number,
  isRaw: boolean,
  headAt: number,
  { ring, form }: FlightRecorder,
): Shown {
  const verdict = VERDICTS.get(kept);
  if (verdict !== undefined) return verdict;
  const bytes = ring.heads.subarray(headAt, headAt + kept);
  if (isRaw) return { shows: 'bytes', data: bytes.toString('hex') };
  // a character may have been cut in the middle
  const text = bytes.toString('utf8').replace(/\ufffd+$/, '');
  const whole = byteLength - dataStartOf(form, new Message(ids), null) - BYTES_AFTER_DATA[form];
  if (kept < whole) return { shows: 'beginning', data: text };
  try {
    return { shows: 'data', data: JSON.parse(text) as unknown };
  } catch {
    return { shows: 'beginning', data: text };
  }
}
