/** The term of a filter that a cell stands for, so that a key or a click can filter by it. */

import type { ColumnName } from './columns.js';
import { quoted } from './filter.js';
import { fromOf, isPending, latencyOf, messageOf, sizeOf, statusOf, troubleWordOf } from './row-facts.js';
import type { Row } from './rows.js';

/** A field and the value for it. */
export interface FieldValue {
  readonly field: string;
  readonly value: string;
}

/** What a cell stands for; null for one that stands for nothing. */
export function filterOfCell(row: Row, column: ColumnName): FieldValue | null {
  const message = messageOf(row);
  const latency = latencyOf(row);
  const word = troubleWordOf(row);
  switch (column) {
    case 'session':
      return { field: 'session', value: `=${quoted(row.group)}` };
    case 'from': {
      const from = fromOf(row);
      return from === null ? null : { field: 'from', value: from };
    }
    case 'service':
      if (message === null) return { field: 'is', value: row.first.kind === 'drop' ? 'drop' : 'trouble' };
      return { field: 'service', value: String(message.serviceId) };
    case 'data':
      return message === null ? null : { field: 'data', value: String(message.dataId) };
    case 'status': {
      const status = statusOf(row);
      if (status !== null) return { field: 'status', value: String(status.status) };
      return isPending(row) ? { field: 'is', value: 'pending' } : { field: 'status', value: 'none' };
    }
    case 'size':
      return { field: 'size', value: `>=${sizeOf(row)}` };
    case 'latency':
    case 'waterfall':
      return latency === null ? null : { field: 'latency', value: `>=${shortNumber(latency)}ms` };
    case 'trouble':
      return word === '' ? null : { field: 'trouble', value: `=${quoted(word)}` };
    case 'time':
      return { field: 'time', value: `>=${shortNumber(row.ms)}ms` };
    case 'content':
      return null;
  }
}

/** A number to the thousandth, never above it, so that a row fits the filter that was made of it. */
export function shortNumber(value: number): string {
  return String(Math.floor(value * 1_000 + 1e-6) / 1_000);
}
