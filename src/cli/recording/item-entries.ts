/** What passes on a connection as entries of the debugger. */

import { boundedCopy, bytesOf, type InspectorEntry } from '../../inspector/index.js';
import { maskedCopy } from '../../session/journal/hex-mask.js';
import { isConfidential, namesOf } from '../../session/journal/message-log.js';
import { isTroubled } from '../../session/journal/observation.js';
import { recogniseCodec } from '../../wire/recognise.js';
import { shownData, vocabulary } from './item-lines.js';
import type { Side, StreamItem } from './stream-reader.js';

/** An item as an entry of the debugger; the bytes of an authentication are left out. */
export function entryOf(group: string, from: Side, codec: string, item: StreamItem): InspectorEntry {
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
      const { reason, protocol, sample, byteLength } = item;
      const what = protocol === undefined ? '' : `, the stream is ${protocol}`;
      const detail = `${byteLength} bytes that are not a frame${what}`;
      const shown = bytesOf(sample.length === 0 ? null : sample);
      const hiddenBytes = shown.hex === null ? 0 : byteLength - sample.length;
      return { ...dropOf(group, from, codec), reason, detail, readableAs: null, hex: shown.hex, hiddenBytes };
    }
  }
}

/** What all drops have in common. */
function dropOf(group: string, from: Side, codec: string) {
  return { kind: 'drop', group, from, codec, isTrouble: true } as const;
}
