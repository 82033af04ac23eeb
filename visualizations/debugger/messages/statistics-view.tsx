/** The figures of what is shown; each can be clicked, and filters. */

import type { ComponentChildren } from 'preact';
import type { Store } from '../store/store.js';
import { count, counted, duration } from '../store/texts.js';
import { shortNumber } from './cell-filter.js';
import { bytes, rate, share } from './figures.js';
import { quoted, withTerm } from './filter.js';
import type { MessagesModel } from './model.js';
import type { Figures, ServiceFigures } from './statistics.js';

/** The rate is that of the last seconds. */
const RATE_MS = 10_000;

/** Sets terms of the filter. */
function filterWith(store: Store, terms: Readonly<Record<string, string | null>>): void {
  let text = store.filter.peek();
  for (const [field, value] of Object.entries(terms)) text = withTerm(text, field, value);
  store.filter.value = text;
}

function FigureButton(props: {
  store: Store;
  terms: Readonly<Record<string, string | null>>;
  title: string;
  isBad?: boolean;
  children: ComponentChildren;
}) {
  const { store, terms, title, isBad = false, children } = props;
  return (
    <button
      type="button"
      class={`figure ${isBad ? 'trouble' : ''}`}
      title={title}
      onClick={() => filterWith(store, terms)}
    >
      {children}
    </button>
  );
}

const PERCENTILES = ['p50', 'p90', 'p99', 'max'] as const;

/** One line: how many rows, how often, how many errors, how long. */
export function Summary({ store, model }: { store: Store; model: MessagesModel }) {
  model.version.value;
  const { all, span } = model.statistics;
  const shown = model.listing.length;
  const every = model.rows.all.length;
  const forgotten = store.forgotten.value + store.missed.value;
  const last = forgotten === 0 ? '' : 'last ';
  const within = span === null ? 0 : Math.min(RATE_MS, Math.max(1_000, span.to - span.from));
  const perSecond = span === null ? 0 : model.statistics.rate(store.lastMs.value, within);
  return (
    <div class="summary-figures">
      <output
        id="row-count"
        aria-live="off"
        title={
          forgotten === 0
            ? undefined
            : `${counted(forgotten, 'older entry is', 'older entries are')} in no row: this page never received them, or has forgotten them`
        }
      >
        {shown === every
          ? `${last}${counted(every, 'row')}`
          : `${count(shown)} of ${last === '' ? '' : 'the last '}${counted(every, 'row')}`}
      </output>
      <span title={`Rows that began in a second, in the last ${duration(within)}`}>{rate(perSecond)}</span>
      <FigureButton
        store={store}
        terms={{ is: 'trouble' }}
        title={`Only what went wrong: ${counted(all.errors, 'row')}`}
        isBad={all.errors > 0}
      >
        {share(all.errors, all.rows)} errors
      </FigureButton>
      {all.latency !== null && (
        <span class="percentiles">
          {PERCENTILES.map((name) => (
            <LatencyFigure key={name} store={store} figures={all} name={name} terms={{}} label={name} />
          ))}
        </span>
      )}
    </div>
  );
}

function LatencyFigure(props: {
  store: Store;
  figures: Figures;
  name: (typeof PERCENTILES)[number];
  terms: Readonly<Record<string, string>>;
  label?: string;
}) {
  const { store, figures, name, terms, label } = props;
  const latency = figures.latency?.[name];
  if (latency === undefined) return <span class="quiet">–</span>;
  const value = `>=${shortNumber(latency)}ms`;
  return (
    <FigureButton store={store} terms={{ ...terms, latency: value }} title={`Show latency ${value}`}>
      {label !== undefined && <span class="quiet">{label} </span>}
      {duration(latency)}
    </FigureButton>
  );
}

/** A table by service and data id, and what went wrong by service. */
export function StatisticsView({ store, model }: { store: Store; model: MessagesModel }) {
  model.version.value;
  const { services, errors, span } = model.statistics;
  const seconds = span === null ? 0 : Math.max(1, (span.to - span.from) / 1_000);
  return (
    <section class="statistics" aria-label="Statistics" id="statistics">
      <div class="statistics-scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">Data</th>
              <th scope="col" class="number">
                Rows
              </th>
              <th scope="col" class="number">
                Rate
              </th>
              <th scope="col" class="number">
                Errors
              </th>
              <th scope="col" class="number">
                Time-outs
              </th>
              {PERCENTILES.map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                Bytes
              </th>
            </tr>
          </thead>
          <tbody>
            {services.map((figures) => (
              <ServiceLine
                key={`${figures.serviceId} ${figures.dataId} ${figures.service}`}
                store={store}
                figures={figures}
                seconds={seconds}
              />
            ))}
          </tbody>
        </table>
      </div>
      {errors.length > 0 && (
        <div class="errors">
          <h2>What went wrong</h2>
          <ul>
            {errors.map(({ service, words }) => (
              <li key={service}>
                <span class="quiet">{service}</span>
                {words.map(({ name, count: times }) => (
                  <FigureButton
                    key={name}
                    store={store}
                    terms={{ trouble: `=${quoted(name)}`, ...termOfService(services, service) }}
                    title={`Show “${name}” of ${service}`}
                    isBad
                  >
                    {name} <b>{count(times)}</b>
                  </FigureButton>
                ))}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function termOfService(services: readonly ServiceFigures[], name: string): Record<string, string> {
  const found = services.find(({ service }) => service === name);
  return found === undefined ? {} : { service: String(found.serviceId) };
}

function ServiceLine({
  store,
  figures,
  seconds,
}: {
  store: Store;
  figures: ServiceFigures;
  seconds: number;
}) {
  const { serviceId, dataId, service, data, rows, errors, timeouts } = figures;
  const terms = { service: String(serviceId), data: String(dataId) };
  return (
    <tr>
      <th scope="row">
        <FigureButton store={store} terms={{ service: terms.service }} title={`Show service ${serviceId}`}>
          {service}
        </FigureButton>
      </th>
      <td>
        <FigureButton store={store} terms={terms} title={`Show data id ${dataId} of service ${serviceId}`}>
          {data}
        </FigureButton>
      </td>
      <td class="number">
        <FigureButton store={store} terms={terms} title="Show these rows">
          {count(rows)}
        </FigureButton>
      </td>
      <td class="number">{rate(rows / seconds)}</td>
      <td class="number">
        <FigureButton
          store={store}
          terms={{ ...terms, is: 'trouble' }}
          title={`Show ${counted(errors, 'error')}`}
          isBad={errors > 0}
        >
          {count(errors)} ({share(errors, rows)})
        </FigureButton>
      </td>
      <td class="number">
        <FigureButton
          store={store}
          terms={{ ...terms, is: 'timeout' }}
          title="Show the time-outs"
          isBad={timeouts > 0}
        >
          {count(timeouts)}
        </FigureButton>
      </td>
      {PERCENTILES.map((name) => (
        <td key={name} class="number">
          <LatencyFigure store={store} figures={figures} name={name} terms={terms} />
        </td>
      ))}
      <td class="number">{bytes(figures.bytes)}</td>
    </tr>
  );
}
