/** The columns of the table: what each shows, and how rows are sorted by it. */

import {
  dataNameOf,
  fromOf,
  latencyOf,
  messageOf,
  serviceOf,
  sizeOf,
  statusOf,
  troubleWordOf,
} from './row-facts.js';
import type { Row } from './rows.js';

/** What rows are sorted by; a row without it comes first. */
export type SortKey = number | string;

export interface Column {
  readonly name: ColumnName;
  readonly title: string;
  /** In pixels; the waterfall takes what is left. */
  readonly width: number;
  readonly isNumber: boolean;
  /** Whether it is there until the person chooses. */
  readonly isDefault: boolean;
  readonly keyOf: (row: Row) => SortKey;
}

export type ColumnName =
  | 'time'
  | 'session'
  | 'from'
  | 'service'
  | 'data'
  | 'content'
  | 'status'
  | 'size'
  | 'latency'
  | 'trouble'
  | 'waterfall';

const text = (of: (row: Row) => string) => (row: Row) => of(row).toLowerCase();

/** All of them, from left to right. */
export const COLUMNS: readonly Column[] = [
  { name: 'time', title: 'Time', width: 112, isNumber: true, isDefault: true, keyOf: (row) => row.ms },
  {
    name: 'session',
    title: 'Session',
    width: 110,
    isNumber: false,
    isDefault: true,
    keyOf: text((row) => row.group),
  },
  {
    name: 'from',
    title: 'From',
    width: 76,
    isNumber: false,
    isDefault: true,
    keyOf: (row) => fromOf(row) ?? '',
  },
  {
    name: 'service',
    title: 'Service',
    width: 136,
    isNumber: false,
    isDefault: true,
    keyOf: text(serviceOf),
  },
  { name: 'data', title: 'Data', width: 64, isNumber: false, isDefault: true, keyOf: text(dataNameOf) },
  {
    name: 'content',
    title: 'Content',
    width: 200,
    isNumber: false,
    isDefault: false,
    keyOf: text((row) => contentOf(row)),
  },
  {
    name: 'status',
    title: 'Status',
    width: 136,
    isNumber: false,
    isDefault: true,
    keyOf: (row) => statusOf(row)?.status ?? -1,
  },
  { name: 'size', title: 'Size', width: 68, isNumber: true, isDefault: true, keyOf: sizeOf },
  {
    name: 'latency',
    title: 'Latency',
    width: 78,
    isNumber: true,
    isDefault: true,
    keyOf: (row) => latencyOf(row) ?? -1,
  },
  {
    name: 'trouble',
    title: 'Trouble',
    width: 130,
    isNumber: false,
    isDefault: true,
    keyOf: text(troubleWordOf),
  },
  {
    name: 'waterfall',
    title: 'Waterfall',
    width: 110,
    isNumber: false,
    isDefault: true,
    keyOf: (row) => row.ms,
  },
];

/** The data of a row as JSON: of the request where it has any, and of the answer. */
export function contentOf(row: Row): string {
  const message = messageOf(row);
  if (message === null) return '';
  const asked = message.data === null && row.answer !== null ? '' : JSON.stringify(message.data);
  const answered = row.answer === null ? '' : JSON.stringify(row.answer.data);
  return asked !== '' && answered !== '' ? `${asked} → ${answered}` : asked + answered;
}

/** The column with a name; the time for a name that there is not. */
export function columnNamed(name: string): Column {
  return COLUMNS.find((column) => column.name === name) ?? (COLUMNS[0] as Column);
}
