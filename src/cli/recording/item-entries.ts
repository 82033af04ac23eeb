/** Turns what passes on a connection into entries of the debugger. */

import {
  boundedCopy,
  bytesOf,
  type IncomingEntry,
  type Note,
  type NoteEntry,
  noiseDetail,
  noteEntry,
} from '../../inspector/index.js';
import { maskedCopy } from '../../session/journal/hex-mask.js';
import { isConfidential, namesOf } from '../../session/journal/message-log.js';
import { isTroubled } from '../../session/journal/observation.js';
import { recogniseCodec } from '../../wire/recognise.js';
import { type Naming, PROTOCOL_NAMING } from '../contract/entries.js';
import { shownData } from '../output.js';
import type { Side, StreamItem } from './stream-reader.js';

/**
 * The name of a connection in the debugger.
 *
 * @param connection its number in the recording or proxy, from 1
 */
export function groupOf(connection: number): string {
  return `connection ${connection}`;
}

/**
 * An item as an entry of the debugger, without the bytes of an authentication.
 *
 * @param naming what its ids are called
 */
export function entryOf(
  group: string,
  from: Side,
  codec: string,
  item: StreamItem,
  { vocabulary }: Naming = PROTOCOL_NAMING,
): IncomingEntry {
  switch (item.kind) {
    case 'message': {
      const { message, payload } = item;
      const { serviceId, dataId, status } = message;
      return {
        kind: 'message',
        group,
        from,
        serviceId,
        dataId,
        status,
        names: namesOf(vocabulary, message),
        data: boundedCopy(shownData(message)) ?? null,
        codec,
        size: payload.length === 0 ? null : payload.length,
        ...bytesOf(isConfidential(message) ? null : payload),
        isTrouble: isTroubled(message),
      };
    }
    case 'refused': {
      const { reason, detail } = item;
      const payload = maskedCopy(item.payload);
      return {
        ...dropOf(group, from, codec),
        reason,
        detail,
        readableAs: recogniseCodec(payload),
        ...bytesOf(payload),
      };
    }
    case 'noise': {
      const { reason, sample, byteLength } = item;
      const { protocol } = item;
      const shown = bytesOf(sample.length === 0 ? null : sample);
      const detail =
        protocol === undefined
          ? noiseDetail(`${byteLength} bytes that are not a frame`, shown.hex)
          : `the stream is ${protocol}`;
      const hiddenBytes = byteLength - sample.length;
      return { ...dropOf(group, from, codec), reason, detail, readableAs: null, hex: shown.hex, hiddenBytes };
    }
  }
}

/** A note about a connection of `proxy` as an entry of the debugger. */
export function entryOfNote(connection: number, note: Omit<Note, 'group'>): NoteEntry {
  return noteEntry({ group: groupOf(connection), ...note });
}

/** What all drops have in common. */
function dropOf(group: string, from: Side, codec: string) {
  return { kind: 'drop', group, from, codec, isTrouble: true } as const;
}
