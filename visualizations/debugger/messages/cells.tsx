/** What stands in each cell. */

import { Icon } from '../app/icons.js';
import { clockText, duration, seconds } from '../store/texts.js';
import { type ColumnName, contentOf } from './columns.js';
import { bytes } from './figures.js';
import {
  dataNameOf,
  endOf,
  fromOf,
  isPending,
  isRequest,
  isTroubled,
  latencyOf,
  messageOf,
  serviceOf,
  sizeOf,
  statusOf,
  troubleTextOf,
  troubleWordOf,
} from './row-facts.js';
import type { Row } from './rows.js';
import { barOf, type Span } from './window.js';

/** Longer content is cut in a cell; the detail has all of it. */
const MAX_CONTENT = 300;

export interface CellProps {
  /** Whether the data has a column of its own. */
  readonly hasData: boolean;
  readonly row: Row;
  readonly name: ColumnName;
  /** Whether the text of a row without a message goes here. */
  readonly isText: boolean;
  readonly startedAt: number | null;
  /** What the waterfall spans. */
  readonly span: Span;
}

export function Cell({ hasData, row, name, isText, startedAt, span }: CellProps) {
  if (isText) return troubleTextOf(row);
  switch (name) {
    case 'time':
      return <time>{clockText(startedAt, row.ms)}</time>;
    case 'session':
      return row.group;
    case 'from': {
      const from = fromOf(row);
      if (from === null) return null;
      return (
        <>
          <Icon name={from === 'client' ? 'out' : 'in'} class={from} />
          {from}
        </>
      );
    }
    case 'service':
      if (messageOf(row) === null) return <Word row={row} />;
      if (hasData) return serviceOf(row);
      return (
        <>
          {serviceOf(row)} <span class="quiet">{dataNameOf(row)}</span>
        </>
      );
    case 'data':
      return dataNameOf(row);
    case 'content':
      return <code>{contentOf(row).slice(0, MAX_CONTENT)}</code>;
    case 'status':
      return <Status row={row} />;
    case 'size': {
      // the text of a row without a message runs over this cell
      if (messageOf(row) === null) return null;
      const size = sizeOf(row);
      return size === 0 ? null : bytes(size);
    }
    case 'latency': {
      const latency = latencyOf(row);
      return latency === null ? null : duration(latency);
    }
    case 'trouble':
      return <Word row={row} />;
    case 'waterfall':
      return <Bar row={row} span={span} />;
  }
}

function Word({ row }: { row: Row }) {
  const word = troubleWordOf(row);
  if (word === '') return null;
  return (
    <span class="word">
      <Icon name="trouble" />
      <span>{word}</span>
    </span>
  );
}

function Status({ row }: { row: Row }) {
  if (messageOf(row) === null) return null;
  const status = statusOf(row);
  const word = troubleWordOf(row);
  if (word !== '' && (status === null || status.name === word || status.status === 0))
    return <Word row={row} />;
  if (status !== null) return status.name;
  return isPending(row) ? <span class="quiet">pending</span> : null;
}

/** What a cell says where it has no room for all of it. */
export function titleOf(row: Row, name: ColumnName, startedAt: number | null): string | undefined {
  switch (name) {
    case 'time':
      return startedAt === null
        ? undefined
        : `${new Date(startedAt + row.ms).toISOString()}, ${seconds(row.ms)} s`;
    case 'trouble':
      return troubleTextOf(row) || undefined;
    case 'data':
      return dataNameOf(row);
    case 'session':
      return row.group;
    case 'status':
      return statusOf(row)?.name;
    case 'content':
      return contentOf(row).slice(0, MAX_CONTENT);
    default:
      return undefined;
  }
}

/** The time that a row took, within what is in sight: light while the answer was waited for, a stroke where it came. */
function Bar({ row, span }: { row: Row; span: Span }) {
  const { start, length } = barOf(row.ms, endOf(row), span);
  const look = isPending(row)
    ? 'pending'
    : row.answer === null
      ? isRequest(row)
        ? 'lost'
        : 'point'
      : 'answered';
  return (
    <span class="bar-room">
      <span
        class={`span-bar ${look} ${isTroubled(row) ? 'is-bad' : ''}`}
        style={{ left: `${100 * start}%`, width: `${100 * length}%` }}
      />
    </span>
  );
}
