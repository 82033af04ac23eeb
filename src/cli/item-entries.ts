/** What passes on a connection as entries of the debugger. */

import { boundedCopy, bytesOf, type InspectorEntry } from '../inspector/index.js';
import { isConfidential, namesOf } from '../session/message-log.js';
import { isTroubled, maskedCopy } from '../session/observation.js';
import { recogniseCodec } from '../wire/recognise.js';
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
    case 'refused':
      return dropEntry(group, from, codec, item.reason, item.detail, maskedCopy(item.payload));
    case 'noise':
      return dropEntry(group, from, codec, item.reason, `${item.byteLength} bytes are no frame`, null);
  }
}

function dropEntry(
  group: string,
  from: Side,
  codec: string,
  reason: string,
  detail: string,
  payload: Uint8Array | null,
): InspectorEntry {
  const readableAs = payload === null ? null : recogniseCodec(payload);
  return {
    kind: 'drop',
    group,
    from,
    reason,
    detail,
    readableAs,
    codec,
    ...bytesOf(payload),
    isTrouble: true,
  };
}
