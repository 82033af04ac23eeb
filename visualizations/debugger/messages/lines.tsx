// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed by their offset cannot be those of a table
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names the cell that is active
/** The head and the rows of the table. */

import { Icon } from '../app/icons.js';
import { duration } from '../store/texts.js';
import { Cell, titleOf } from './cells.js';
import type { Column, ColumnName } from './columns.js';
import type { MessagesModel } from './model.js';
import { isTroubled, messageOf } from './row-facts.js';
import type { Row } from './rows.js';
import type { Span } from './window.js';

export const ROW_PX = 26;

/** The id of a cell, for what has the focus. */
export function cellId(row: Row, column: ColumnName): string {
  return `cell-${row.id}-${column}`;
}

/** The head of a column: a click sorts by it, another one turns the order round. */
export function Heading({ column, model, span }: { column: Column; model: MessagesModel; span: Span }) {
  const { name, title, isNumber } = column;
  const sorting = model.sorting.value;
  const isSorted = sorting.column === name;
  const direction = isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : 'none';
  return (
    <div role="columnheader" aria-sort={direction} class={isNumber ? 'number' : ''}>
      <button
        type="button"
        onClick={() =>
          model.sortBy({
            column: name,
            isDescending: isSorted ? !sorting.isDescending : isNumber && name !== 'time',
          })
        }
      >
        {title}
        {name === 'waterfall' && span.to > span.from && <small>{duration(span.to - span.from)}</small>}
        {isSorted && <Icon name={sorting.isDescending ? 'down' : 'up'} />}
      </button>
    </div>
  );
}

/** A row, where its place is. */
export function Line(props: {
  row: Row;
  place: number;
  columns: readonly Column[];
  startedAt: number | null;
  span: Span;
  isChosen: boolean;
  isLater: boolean;
  activeColumn: ColumnName | null;
  choose: (column: ColumnName | null) => void;
}) {
  const { row, place, columns, startedAt, span, isChosen, isLater, activeColumn, choose } = props;
  const hasData = columns.some(({ name }) => name === 'data');
  const text = messageOf(row) !== null ? null : hasData ? 'data' : 'status';
  const look = `grid-row ${isTroubled(row) ? 'is-trouble' : ''} ${isLater ? 'is-later' : ''}`;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      class={look}
      role="row"
      aria-rowindex={place + 2}
      aria-selected={isChosen}
      style={{ transform: `translateY(${place * ROW_PX}px)` }}
      onClick={(event) => choose(columnOf(event.target))}
    >
      {columns.map(({ name, isNumber }, at) => (
        <div
          key={name}
          id={cellId(row, name)}
          role="gridcell"
          class={`cell-${name} ${isNumber ? 'number' : ''} ${name === activeColumn ? 'is-active' : ''} ${name === text ? 'is-text' : ''}`}
          data-column={name}
          style={
            text === null
              ? undefined
              : { gridArea: `1 / ${at + 1} / 2 / ${endOf(columns, at, name === text)}` }
          }
          title={titleOf(row, name, startedAt)}
        >
          <Cell
            hasData={hasData}
            row={row}
            name={name}
            isText={name === text}
            startedAt={startedAt}
            span={span}
          />
        </div>
      ))}
    </div>
  );
}

/** Columns that a row without a message has something in. */
const FILLED: ReadonlySet<ColumnName> = new Set(['trouble', 'waterfall']);

/** The line of the grid where a cell ends: a sentence has the room of the empty cells after it, too. */
function endOf(columns: readonly Column[], at: number, isText: boolean): number {
  let end = at + 1;
  while (isText && end < columns.length && !FILLED.has(columns[end]?.name ?? 'trouble')) end++;
  return end + 1;
}

function columnOf(target: EventTarget | null): ColumnName | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-column]') : null;
  return (cell?.dataset['column'] as ColumnName | undefined) ?? null;
}
