/** Defaults of options as the documentation writes them. */

import type { OptionRow, OptionUnit } from '../../src/base/option-table.js';

const BYTE_UNITS = ['bytes', 'KiB', 'MiB'];
const MS_PER_SECOND = 1_000;

/** A number of bytes in the largest unit that needs no fraction. */
export function bytesInWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${grouped(value)} ${BYTE_UNITS[unit]}`;
}

/** A time in seconds where it is a whole number of them, else in milliseconds. */
export function timeInWords(ms: number): string {
  return ms > 0 && ms % MS_PER_SECOND === 0 ? `${grouped(ms / MS_PER_SECOND)} s` : `${grouped(ms)} ms`;
}

/** A number with a comma every three digits. */
export function grouped(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString('en-US') : 'no limit';
}

/**
 * A default as a doc comment has it, times in milliseconds.
 *
 * @returns null where there is no default, or where it is an object or a function
 */
export function defaultInWords({ unit, default: value }: OptionRow<unknown>): string | null {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number') return numberInWords(unit, value);
  return typeof value === 'string' ? value : null;
}

function numberInWords(unit: OptionUnit, value: number): string {
  if (unit === 'bytes') return bytesInWords(value);
  return unit === 'ms' ? `${grouped(value)} ms` : grouped(value);
}
