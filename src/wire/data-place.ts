/** Where the data is in a payload, for those who keep a part of it. */

import type { Message } from '../protocol/message.js';
import { COLON } from './colon-runs.js';
import { headFor } from './envelope-text.js';

/** How a codec writes what is around the data; 0: unknown. */
export type EnvelopeForm = 0 | 1 | 2;
const [UNKNOWN, TEXT, STRUCT] = [0, 1, 2] as const;

/** How many bytes follow the data: a brace and a CRC-32, or an XOR. */
export const BYTES_AFTER_DATA: Readonly<Record<EnvelopeForm, number>> = { 0: 0, 1: 5, 2: 1 };
/** Three integers. */
const STRUCT_DATA_AT = 12;

/** The form of a codec's envelope, by the name of the codec. */
export function formOf(codecName: string): EnvelopeForm {
  if (codecName === 'pure_json') return TEXT;
  return codecName === 'struct_json' ? STRUCT : UNKNOWN;
}

/**
 * Where the data of a message begins.
 *
 * @param payload its bytes; null to believe that they have the form that nearly all have
 * @returns -1 where nobody knows
 */
export function dataStartOf(
  form: EnvelopeForm,
  message: Message<unknown>,
  payload: Uint8Array | null,
): number {
  if (form !== TEXT) return form === STRUCT ? STRUCT_DATA_AT : -1;
  const start = headFor(message.dataId, message.serviceId, message.status).text.length;
  // fields in another order, or without blanks
  return payload === null || payload[start - 2] === COLON ? start : -1;
}
