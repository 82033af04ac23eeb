/** What the columns, the filter and the statistics want to know of a row. */

import { TROUBLES } from '../../../src/inspector/troubles.js';
import type { Row } from './rows.js';

/** The message that a row begins with; null for a drop, a note, a trouble. */
export function messageOf({ first }: Row) {
  return first.kind === 'message' ? first : null;
}

/** The side that began it; null where neither did. */
export function fromOf({ first }: Row): 'client' | 'server' | null {
  return first.kind === 'message' || first.kind === 'drop' ? first.from : null;
}

/** Whether it is a request, answered or not. */
export function isRequest(row: Row): boolean {
  return messageOf(row)?.role === 'request';
}

/** Whether an answer may still come. */
export function isPending(row: Row): boolean {
  return isRequest(row) && row.answer === null && !isTimeout(row) && row.lostMs === null;
}

export function isTimeout({ trouble }: Row): boolean {
  return trouble?.code === 'request-timed-out';
}

export function isNoise({ first, trouble }: Row): boolean {
  return (first.kind === 'drop' && first.reason === 'noise') || trouble?.code === 'noise';
}

/** How long the answer took, or how long it has been waited for in vain, in milliseconds; null where neither is known. */
export function latencyOf(row: Row): number | null {
  if (!isRequest(row)) return null;
  if (row.answer !== null) return row.answer.ms - row.ms;
  if (isTimeout(row) && row.trouble !== null) {
    const waited = row.trouble.about['waitedMs'];
    return typeof waited === 'number' ? waited : row.trouble.ms - row.ms;
  }
  return row.lostMs === null ? null : row.lostMs - row.ms;
}

/** When a row was over; null while its answer may come. */
export function endOf(row: Row): number | null {
  if (isPending(row)) return null;
  return row.ms + (latencyOf(row) ?? 0);
}

/** The bytes of its payloads: of the request and of its answer. */
export function sizeOf(row: Row): number {
  return bytesOf(row.first) + (row.answer === null ? 0 : bytesOf(row.answer));
}

function bytesOf(entry: Row['first']): number {
  if (entry.kind !== 'message' && entry.kind !== 'drop') return 0;
  if (entry.kind === 'message' && entry.size !== null) return entry.size;
  return (entry.hex === null ? 0 : (entry.hex.length + 1) / 3) + entry.hiddenBytes;
}

/** The status of the answer, or of a message that stands alone; null where there is none. */
export function statusOf(row: Row): { readonly status: number; readonly name: string } | null {
  const message = row.answer ?? (isRequest(row) ? null : messageOf(row));
  return message === null ? null : { status: message.status, name: message.names.status };
}

/** Whether a person should look at it twice. */
export function isTroubled({ first, answer, trouble, lostMs }: Row): boolean {
  return first.isTrouble || answer?.isTrouble === true || trouble !== null || lostMs !== null;
}

/** What is wrong with a row, in a word or three; empty where nothing is. */
export function troubleWordOf(row: Row): string {
  const { first, answer, trouble, lostMs } = row;
  if (first.kind === 'drop') return words(first.reason);
  if (first.kind === 'note') return words(first.reason ?? first.code);
  // a status has words of its own
  if (trouble !== null && trouble.code !== 'bad-status')
    return isTimeout(row) ? 'timed out' : words(trouble.code);
  if (lostMs !== null && answer === null) return 'connection lost';
  const message = answer?.isTrouble === true ? answer : first;
  if (message.kind !== 'message' || !message.isTrouble) return '';
  return message.status === 0 ? 'refused' : message.names.status;
}

function words(code: string): string {
  return code.replaceAll('-', ' ');
}

/** The same in a sentence. */
export function troubleTextOf(row: Row): string {
  const { first, trouble } = row;
  if (trouble !== null) return trouble.text === '' ? TROUBLES[trouble.code] : trouble.text;
  if (first.kind === 'drop') return first.detail;
  if (first.kind === 'note') return first.text;
  return troubleWordOf(row);
}

/** The service of a row without the words that all of them have. */
export function serviceOf(row: Row): string {
  const { first } = row;
  switch (first.kind) {
    case 'message':
      return first.role === 'request' ? first.names.service.replace(/ request$/, '') : first.names.service;
    case 'drop':
      return 'dropped';
    case 'note':
      return 'connection';
    case 'trouble':
      return 'trouble';
  }
}

/** What it carried, for a person: the data of a request, else the text of what happened. */
export function dataNameOf(row: Row): string {
  const { first } = row;
  return first.kind === 'message' ? first.names.data : troubleTextOf(row);
}

/** All texts of a row in lower case: data as JSON, as text of its bytes where they are kept, names, what went wrong. */
export function searchedTextOf(row: Row): string {
  if (row.searched !== null) return row.searched;
  const parts: string[] = [];
  for (const entry of [row.first, row.answer, row.trouble]) {
    if (entry === null) continue;
    switch (entry.kind) {
      case 'message':
        parts.push(entry.names.service, entry.names.data, JSON.stringify(entry.data) ?? '');
        // data is shown in a short form where it is long; its bytes are kept for longer
        if (entry.size === null || entry.size > SHORT_BYTES) parts.push(textOfHex(entry.hex));
        break;
      case 'drop':
        parts.push(entry.detail, textOfHex(entry.hex));
        break;
      default:
        parts.push(entry.text, JSON.stringify('about' in entry ? entry.about : ''));
    }
  }
  parts.push(row.group, troubleWordOf(row));
  row.searched = parts.join('\n').toLowerCase();
  return row.searched;
}

/** A payload of fewer bytes has all of its data in the entry. */
const SHORT_BYTES = 1_000;

/** Bytes as text; what is none of UTF-8 is replaced. */
function textOfHex(hex: string | null): string {
  return hex === null ? '' : new TextDecoder().decode(bytesOfHex(hex));
}

/** @param hex bytes as `7b 22` */
export function bytesOfHex(hex: string | null): Uint8Array<ArrayBuffer> {
  if (hex === null || hex === '') return new Uint8Array(0);
  const digits = hex.replaceAll(' ', '');
  const bytes = new Uint8Array(digits.length >> 1);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** The bytes of a row in hex without spaces, request and answer. */
export function hexOf({ first, answer }: Row): readonly string[] {
  return [first, answer].flatMap((entry) =>
    entry !== null && 'hex' in entry && entry.hex !== null ? [entry.hex.replaceAll(' ', '')] : [],
  );
}
