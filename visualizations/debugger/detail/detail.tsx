/** What is chosen, in detail: its story where it is trouble, then the request and the answer, their data and their bytes. */

import { useRef } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import { commandOf, programOf } from '../messages/copy.js';
import type { Row } from '../messages/rows.js';
import type { Store } from '../store/store.js';
import { duration, isTrouble, seconds, wallClock } from '../store/texts.js';
import type { Exchange, NumberedEntry, NumberedMessage, NumberedTrouble } from '../store/types.js';
import { StoryCard } from '../troubles/story-card.js';
import { whoIs } from '../troubles/telling.js';
import { Bytes } from './bytes-view.js';
import { CopyButton } from './copy-button.js';
import { type Field, fieldsOf, messageFields, titleOf } from './fields.js';
import { JsonTree } from './json-tree.js';

/** The right side of the page where it is about an entry. */
export function Detail({ store }: { store: Store }) {
  const { entry: number } = store.selection.value;
  const entry = store.entry(number);
  if (number === null) return <NewestTrouble store={store} />;
  if (entry === undefined)
    return (
      <p class="quiet pad">
        {`Entry ${number} is not here: this page has forgotten it, or never received it.`}
      </p>
    );
  const exchange = store.exchangeOf(entry);
  const trouble = troubleOf(entry, exchange);
  const first = exchange?.request ?? entry;
  return (
    <article class="detail pad stack" key={number}>
      <header>
        <h2>{titleOf(first)}</h2>
        <p class="quiet">
          <When store={store} entry={entry} /> <GroupLink store={store} entry={entry} />
        </p>
      </header>
      {trouble !== null && <StoryCard store={store} entry={trouble} />}
      <div class="buttons">
        <button type="button" id="show-moment" onClick={() => store.goToEntry(entry.number)}>
          <Icon name="waiting" /> Show that moment
        </button>
        <CopyButton label="Copy link" text={() => linkTo(entry)} />
        {exchange?.request?.role === 'request' && (
          <CopyAs store={store} request={exchange.request} answer={exchange.answer} />
        )}
      </div>
      {exchange === undefined ? null : <Exchanged exchange={exchange} />}
      {exchange === undefined && entry.kind !== 'trouble' && <Single entry={entry} />}
      {entry.kind === 'trouble' && (
        <details class="all-fields">
          <summary>All fields</summary>
          <Fields fields={fieldsOf(entry)} isTrouble />
        </details>
      )}
    </article>
  );
}

/** Where nothing is chosen: the story of the newest trouble, so that nobody has to look for it. */
function NewestTrouble({ store }: { store: Store }) {
  const { group } = store.selection.value;
  const shown = useRef<NumberedTrouble | undefined>(undefined);
  const troubles = store.incidents.value.filter((each) => group === null || each.group === group);
  // what is being read stays, unless something else turned out to explain it
  const isSame = (each: NumberedTrouble): boolean =>
    each.group === shown.current?.group && each.incident === shown.current.incident;
  const trouble = troubles.find(isSame) ?? troubles.at(-1);
  shown.current = trouble;
  if (trouble === undefined)
    return <p class="quiet pad">Choose a message, a trouble or an event to see everything about it here.</p>;
  return (
    <article class="detail pad stack" key={`${trouble.incident} ${trouble.group}`}>
      <header>
        <h2>Newest trouble</h2>
        <p class="quiet">
          <When store={store} entry={trouble} /> <GroupLink store={store} entry={trouble} />
        </p>
      </header>
      <StoryCard store={store} entry={trouble} isUnasked />
      <div class="buttons">
        <button type="button" onClick={() => store.select({ entry: trouble.number })}>
          <Icon name="list" /> Show it in the list
        </button>
      </div>
    </article>
  );
}

function GroupLink({ store, entry }: { store: Store; entry: NumberedEntry }) {
  return (
    <button
      type="button"
      class="link"
      title="Show only this session"
      onClick={() => store.select({ group: entry.group, entry: entry.number })}
    >
      {whoIs(store, entry.group)}
    </button>
  );
}

/** What the story is told of: what a detector found says more than an entry that looks like trouble. */
function troubleOf(entry: NumberedEntry, exchange: Exchange | undefined): NumberedEntry | null {
  if (entry.kind === 'trouble') return entry;
  if (exchange?.trouble !== null && exchange?.trouble !== undefined) return exchange.trouble;
  if (isTrouble(entry)) return entry;
  return exchange?.answer?.isTrouble === true ? exchange.answer : null;
}

function When({ store, entry }: { store: Store; entry: NumberedEntry }) {
  const startedAt = store.startedAt.value;
  return (
    <time>
      {startedAt === null ? '' : `${wallClock(startedAt + entry.ms)}, `}
      {seconds(entry.ms)} s
    </time>
  );
}

/** Copies a request as what makes it again. */
function CopyAs(props: { store: Store; request: NumberedMessage; answer: NumberedMessage | null }) {
  const { store, request, answer } = props;
  const { group, ms } = request;
  const row = (): Row => ({
    id: 0,
    group,
    ms,
    first: request,
    answer,
    trouble: null,
    lostMs: null,
    searched: null,
  });
  return (
    <>
      <CopyButton label="Copy as command" text={() => commandOf(row(), store.session(group) ?? null)} />
      <CopyButton label="Copy as TypeScript" text={() => programOf(row())} />
    </>
  );
}

/** The address of the page at the moment of an entry. */
function linkTo({ ms, group, number }: NumberedEntry): string {
  const place = new URLSearchParams({ t: String(ms), session: group, entry: String(number) });
  return `${location.href.replace(/#.*$/, '')}#${place}`;
}

function Exchanged({ exchange: { request, answer, trouble } }: { exchange: Exchange }) {
  return (
    <>
      {request !== null && <Message heading="Request" entry={request} />}
      {request === null && answer !== null && (
        <p class="quiet">The request is not here: it was before this page, or is forgotten.</p>
      )}
      {answer !== null && (
        <Message
          heading="Answer"
          entry={answer}
          after={request === null ? null : duration(answer.ms - request.ms)}
        />
      )}
      {answer === null && request?.role === 'request' && (
        <p class={trouble === null ? 'quiet' : 'trouble'}>
          {trouble === null ? 'No answer so far.' : 'There was no answer.'}
        </p>
      )}
    </>
  );
}

function Message(props: { heading: string; entry: NumberedMessage; after?: string | null }) {
  const { heading, entry, after = null } = props;
  return (
    <section class={`message ${heading.toLowerCase()}`}>
      <h3>
        <Icon name={heading === 'Answer' ? 'in' : 'out'} /> {heading}
        {after !== null && <span class="after"> after {after}</span>}
      </h3>
      <Fields fields={messageFields(entry)} isTrouble={entry.isTrouble} />
      <JsonTree value={entry.data} label={`data of the ${heading.toLowerCase()}`} />
      <CopyButton label="Copy data" text={() => JSON.stringify(entry.data)} />
      <Bytes entry={entry} />
    </section>
  );
}

function Single({ entry }: { entry: NumberedEntry }) {
  const data =
    entry.kind === 'message'
      ? entry.data
      : entry.kind === 'event'
        ? entry.event
        : entry.kind === 'state'
          ? entry.context
          : undefined;
  return (
    <section class="message">
      <Fields fields={fieldsOf(entry)} isTrouble={isTrouble(entry)} />
      {data !== undefined && <JsonTree value={data} />}
      {(entry.kind === 'message' || entry.kind === 'drop') && <Bytes entry={entry} />}
    </section>
  );
}

function Fields({ fields, isTrouble: isBad }: { fields: readonly Field[]; isTrouble: boolean }) {
  return (
    <dl class="facts">
      {fields.map(([name, value]) => (
        <div key={name} class={isBad && name === 'Status' ? 'trouble' : ''}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
