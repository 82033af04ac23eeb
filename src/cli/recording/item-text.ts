/** Describes what passes on a connection: as a line of text for people, as fields for programs. */

import type { Message } from '../../protocol/message.js';
import type { Vocabulary } from '../../protocol/vocabulary.js';
import { describeMessage, isMasked, namesOf } from '../../session/journal/message-log.js';
import { isTroubled } from '../../session/journal/observation.js';
import { recogniseCodec } from '../../wire/recognise.js';
import { type Naming, PROTOCOL_NAMING } from '../contract/entries.js';
import { type Fields, fieldsOf, jsonText, MASK } from '../output.js';
import type { StreamItem } from './stream-reader.js';

/** How data is printed: as JSON, which can be typed again, or as Python's repr, which the original logs. */
export type DataForm = 'json' | 'python';

/** The form that the option `--python` asks for. */
export function dataFormOf({ python }: { readonly python?: true }): DataForm {
  return python === true ? 'python' : 'json';
}

/**
 * An item as one line of text.
 *
 * @param naming what its ids are called
 * @param form how its data is printed
 */
export function textOf(
  item: StreamItem,
  { vocabulary }: Naming = PROTOCOL_NAMING,
  form: DataForm = 'json',
): string {
  switch (item.kind) {
    case 'message':
      return form === 'python'
        ? describeMessage(vocabulary, item.message)
        : textOfMessage(item.message, vocabulary);
    case 'refused': {
      const codec = otherCodecOf(item);
      const hint = codec === null ? '' : `; it is a valid message of ${codec}`;
      return `not a message (${item.reason}, ${item.byteLength ?? item.payload.length} bytes): ${item.detail}${hint}`;
    }
    case 'noise':
      if (item.protocol !== undefined) return `not a frame (${item.reason}): the stream is ${item.protocol}`;
      return `not a frame (${item.reason}, ${item.byteLength} bytes)${textOfSample(item)}`;
  }
}

/**
 * The other codec in which a frame is a message.
 *
 * @returns null where it is a message in none, because it is damaged or is no message at all
 */
export function otherCodecOf({ otherCodec, payload }: StreamItem & { kind: 'refused' }): string | null {
  return otherCodec === undefined ? recogniseCodec(payload) : otherCodec;
}

/** The data comes last and as it is, so that it can be copied. */
function textOfMessage(message: Message, vocabulary: Vocabulary): string {
  const { service, data, status } = namesOf(vocabulary, message);
  const shown = isMasked(message) ? MASK : jsonText(message.data);
  return `service: ${service}, data_id: ${data}, status: ${status}, data: ${shown}`;
}

/**
 * The beginning of noise, which is often text, behind a colon; escaped so that nothing in it moves the cursor.
 *
 * @param noise its first bytes, and how many there were; without any, the text is empty
 */
export function textOfSample({
  sample,
  byteLength,
}: {
  readonly sample: Uint8Array;
  readonly byteLength: number;
}): string {
  if (sample.length === 0) return '';
  const text = Buffer.from(sample)
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `: "${text}"${byteLength > sample.length ? ' …' : ''}`;
}

/** Whether a person should look at it twice. */
export function isTrouble(item: StreamItem): boolean {
  return item.kind !== 'message' || isTroubled(item.message);
}

/**
 * An item as fields, in the names of the wire.
 *
 * @param naming adds the name that a contract has for it
 */
export function objectOf(item: StreamItem, naming: Naming = PROTOCOL_NAMING): Fields {
  switch (item.kind) {
    case 'message':
      return { ...naming.fieldOf(item.message), ...fieldsOf(item.message) };
    case 'refused':
      return { refused: item.reason, detail: item.detail, bytes: item.byteLength ?? item.payload.length };
    case 'noise':
      return noiseFields(item);
  }
}

/** Noise as fields; recordings have the same ones. */
export function noiseFields({
  reason,
  protocol,
  byteLength,
  sample,
}: StreamItem & { kind: 'noise' }): Fields {
  const other = protocol === undefined ? {} : { protocol };
  return { noise: reason, ...other, bytes: byteLength, sample: sample.toString('hex') };
}
