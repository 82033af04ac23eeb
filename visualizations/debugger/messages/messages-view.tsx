/** The first view: messages as a table, with a filter, figures, and what can be done with a row. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import { useKeys } from '../app/keys.js';
import { openSide } from '../app/page-keys.js';
import type { Store } from '../store/store.js';
import { counted } from '../store/texts.js';
import { filterOfCell } from './cell-filter.js';
import { COLUMNS, type ColumnName } from './columns.js';
import { type Copied, commandOf, jsonOf, programOf } from './copy.js';
import { ExportButton } from './export-dialog.js';
import { withTerm } from './filter.js';
import { FilterBox } from './filter-box.js';
import { Menu, type MenuItem } from './menu.js';
import { type MessagesModel, modelOf, sessionsIn, shownColumns } from './model.js';
import { OpenButton } from './open-file.js';
import { StatisticsView, Summary } from './statistics-view.js';
import { Table, type TableHandle } from './table.js';
import { placeByKey } from './window.js';

const MOVES = ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'];

export function MessagesView({ store }: { store: Store }) {
  const model = modelOf(store);
  const table = useRef<TableHandle | null>(null);
  const move = (key: string) => {
    const view = table.current?.view();
    const chosen = model.chosen;
    const place = chosen === undefined ? -1 : model.listing.placeOf(chosen);
    const next = view === undefined ? null : placeByKey(key, place, view);
    if (next === null) return;
    model.choose(model.listing.at(next));
    table.current?.focus();
  };
  useKeys('Messages', [
    { keys: MOVES, what: 'Move to another row', run: move },
    { keys: ['Enter'], what: 'Detail of the row', run: () => openSide('detail') },
    { keys: ['f'], what: 'Filter by the cell (← → choose it)', run: () => filterByCell(store, model, '') },
    { keys: ['F'], what: 'Leave out what the cell has', run: () => filterByCell(store, model, '!') },
    { keys: ['y'], what: 'Copy as a command', run: () => copyChosen(store, model, 'command') },
    { keys: ['l'], what: 'Follow the newest', run: () => table.current?.follow() },
  ]);
  const hasTrouble = /(?:^|\s)is:trouble(?:\s|$)/.test(store.filter.value);
  return (
    <div class="messages">
      <div class="messages-tools-room">
        <div class="messages-tools">
          <FilterBox store={store} model={model} />
          <div class="messages-buttons">
            <button
              type="button"
              id="only-trouble"
              aria-pressed={hasTrouble}
              title="Only what went wrong"
              onClick={() =>
                (store.filter.value = withTerm(store.filter.value, 'is', hasTrouble ? null : 'trouble'))
              }
            >
              <Icon name="trouble" />
              <span class="label">Only trouble</span>
            </button>
            <button
              type="button"
              id="show-statistics"
              aria-pressed={model.showsStatistics.value}
              title="Figures by service and data id"
              onClick={() => (model.showsStatistics.value = !model.showsStatistics.value)}
            >
              <Icon name="chart" />
              <span class="label">Statistics</span>
            </button>
            <Menu
              label="Columns"
              icon="list"
              id="columns"
              staysOpen
              items={() => columnItems(store, model)}
            />
            <Menu label="Copy" icon="copy" id="copy" items={() => copyItems(store, model)} />
            <ExportButton store={store} model={model} />
            <OpenButton store={store} />
          </div>
        </div>
      </div>
      <Summary store={store} model={model} />
      {model.showsStatistics.value && <StatisticsView store={store} model={model} />}
      <Table store={store} model={model} handle={table}>
        <Empty store={store} model={model} />
      </Table>
      <Said model={model} />
    </div>
  );
}

/** How long what was said is seen, in milliseconds. */
const SAID_MS = 4_000;

/** What was said last, for those who hear the page and, for a while, for those who see it. */
function Said({ model }: { model: MessagesModel }) {
  const said = model.said.value;
  const [seen, setSeen] = useState(model.said.peek());
  useEffect(() => {
    const timer = setTimeout(() => setSeen(said), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <>
      <output class="hidden" aria-live="polite" id="messages-said">
        {said.text}
      </output>
      {said !== seen && (
        <p class="said" aria-hidden="true">
          {said.text}
        </p>
      )}
    </>
  );
}

/** What stands where there are no rows. */
function Empty({ store, model }: { store: Store; model: MessagesModel }) {
  model.version.value;
  if (model.listing.length > 0) return null;
  const { group } = store.selection.value;
  if (model.rows.all.length === 0)
    return (
      <p class="empty quiet">
        No messages yet. What passes in a session appears here; a recording can be dropped on the page.
      </p>
    );
  const where = group === null ? '' : ` in session ${group}`;
  const rows = model.rows.all.length;
  const why =
    store.filter.value === ''
      ? `There are no rows of session ${group}.`
      : rows === 1
        ? `The only row does not fit the filter${where}.`
        : `None of the ${counted(rows, 'row')} fits the filter${where}.`;
  return (
    <p class="empty quiet">
      {why}{' '}
      <button
        type="button"
        onClick={() => {
          store.filter.value = '';
          store.select({ group: null });
        }}
      >
        Show all
      </button>
    </p>
  );
}

function columnItems(store: Store, model: MessagesModel): MenuItem[] {
  const shown = shownColumns(model.columns.value, model.width.value, sessionsIn(store)).map(
    ({ name }) => name,
  );
  const toggled = (name: ColumnName): ColumnName[] =>
    shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name];
  const columns = COLUMNS.map(({ name, title }) => ({
    label: title,
    isChecked: shown.includes(name),
    reason: shown.length === 1 && shown.includes(name) ? 'The last one stays' : null,
    run: () => (model.columns.value = toggled(name)),
  }));
  return [...columns, { label: 'As many as fit', run: () => (model.columns.value = null) }];
}

const FORMS = {
  command: { label: 'As a socket-protocol command', key: ' (y)' },
  program: { label: 'As TypeScript', key: '' },
  json: { label: 'As JSON', key: '' },
} as const;

function copiedAs(store: Store, model: MessagesModel, form: keyof typeof FORMS): Copied {
  const row = model.chosen;
  if (row === undefined) return { reason: 'no row is chosen' };
  switch (form) {
    case 'command':
      return commandOf(row, store.session(row.group) ?? null);
    case 'program':
      return programOf(row);
    case 'json':
      return jsonOf(row, store.startedAt.peek() ?? 0);
  }
}

function copyItems(store: Store, model: MessagesModel): MenuItem[] {
  return (Object.keys(FORMS) as (keyof typeof FORMS)[]).map((form) => {
    const copied = copiedAs(store, model, form);
    const { label, key } = FORMS[form];
    return {
      label: `${label}${key}`,
      reason: 'reason' in copied ? copied.reason : null,
      run: () => copyChosen(store, model, form),
    };
  });
}

function copyChosen(store: Store, model: MessagesModel, form: keyof typeof FORMS): void {
  const copied = copiedAs(store, model, form);
  if ('reason' in copied) {
    model.say(`Not copied: ${copied.reason}`);
    return;
  }
  navigator.clipboard.writeText(copied.text).then(
    () => model.say(`Copied: ${copied.text}`),
    () => model.say('The browser did not allow copying'),
  );
}

function filterByCell(store: Store, model: MessagesModel, sign: '' | '!'): void {
  const row = model.chosen;
  const found = row === undefined ? null : filterOfCell(row, model.column.value);
  if (found === null) {
    model.say('This cell has nothing to filter by');
    return;
  }
  const { field, value } = found;
  store.filter.value = withTerm(store.filter.value, field, `${sign}${value}`);
  model.say(`Filter: ${store.filter.value}`);
}
