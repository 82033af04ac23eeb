/** One session: who it is, how it stands, its counters, its state machines, and who waits on a shared device. */

import { Icon } from '../app/icons.js';
import { ShareTable } from '../share/share-table.js';
import type { Store } from '../store/store.js';
import { count, duration } from '../store/texts.js';
import { type Actor, type GroupWorld, HOLDER, isRequest, nameOfState } from '../store/world.js';
import { counterRows } from './counters.js';
import { lookOf, stateWords } from './looks.js';

/** The right side of the page where it is about a session. */
export function SessionFacts({ store }: { store: Store }) {
  const group = store.group.value;
  const row = store.session(group);
  const world = store.worldAt(store.moment.value);
  if (group === null) return <p class="quiet pad">No session so far.</p>;
  return (
    <div class="pad stack">
      <h2>{group}</h2>
      {row !== undefined && (
        <dl class="facts">
          <div>
            <dt>State</dt>
            <dd class={lookOf(row).tone}>
              <Icon name={lookOf(row).icon} /> {stateWords(row)}
            </dd>
          </div>
          {[
            ['Process', row.process],
            ['Role', row.role],
            ['Peer', row.address],
            ['Channel', row.channelName],
            ['Codec', row.codec],
            ['Messages', `${count(row.messages)}, ${count(row.perSecond)} per second`],
            ['In flight', count(row.inFlight)],
            ['Timed out', row.timeouts === 0 ? null : count(row.timeouts)],
            ['Active for', duration(row.lastMs - row.firstMs)],
          ].map(
            ([name, value]) =>
              value !== null && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
          {row.lastTrouble !== null && (
            <div>
              <dt>Last trouble</dt>
              <dd>
                <button
                  type="button"
                  class="link trouble"
                  onClick={() => store.select({ entry: row.lastTrouble?.number ?? null })}
                >
                  {row.lastTrouble.text}
                </button>
              </dd>
            </div>
          )}
        </dl>
      )}
      <ShareTable world={world} />
      {world !== undefined && <Actors store={store} world={world} />}
      {world !== undefined && <Counters world={world} />}
    </div>
  );
}

function Counters({ world }: { world: GroupWorld }) {
  const all = counterRows(world.counters);
  if (all.length === 0) return null;
  const rows = all.filter(({ value }) => value > 0);
  return (
    <section>
      <h3>Counters</h3>
      <dl class="facts" id="counters">
        {rows.map(({ name, value, isTrouble }) => (
          <div key={name} class={isTrouble ? 'trouble' : ''}>
            <dt>{name}</dt>
            <dd class="number">{count(value)}</dd>
          </div>
        ))}
      </dl>
      {rows.length < all.length && (
        <p class="quiet">
          {rows.length === 0 ? 'All' : 'The others'} are 0:{' '}
          {all
            .filter(({ value }) => value === 0)
            .map(({ name }) => name)
            .join(', ')}
        </p>
      )}
    </section>
  );
}

/** The state machines of the session; a click shows the picture of one. */
function Actors({ store, world }: { store: Store; world: GroupWorld }) {
  const actors = [...world.actors.values()];
  if (actors.length === 0) return null;
  const roots = actors.filter(({ parent }) => parent === null || !world.actors.has(parent));
  return (
    <section>
      <h3>State machines</h3>
      <Branch store={store} members={roots} all={actors} />
    </section>
  );
}

/** More requests than this are not listed one by one: their holder says how many there are. */
const MAX_REQUESTS = 20;

function Branch({ store, members, all }: { store: Store; members: readonly Actor[]; all: readonly Actor[] }) {
  const requests = members.filter(({ name }) => isRequest(name));
  const hidden = new Set(requests.slice(0, Math.max(0, requests.length - MAX_REQUESTS)));
  const chosen = store.selection.value.actor;
  return (
    <ul class="actors">
      {hidden.size > 0 && <li class="quiet">{count(hidden.size)} earlier</li>}
      {members
        .filter((actor) => !hidden.has(actor))
        .map((actor) => {
          const children = all.filter(({ parent }) => parent === actor.name);
          return (
            <li key={actor.name}>
              <button
                type="button"
                aria-current={actor.name === chosen}
                title="Show its statechart"
                onClick={() => {
                  store.select({ group: actor.group, actor: actor.name });
                  store.view.value = 'charts';
                }}
              >
                <span>{actor.name}</span>
                <code>{stateOf(actor)}</code>
              </button>
              {children.length > 0 && <Branch store={store} members={children} all={all} />}
            </li>
          );
        })}
    </ul>
  );
}

/** The state of an actor; of the holder of requests, how many are in which. */
function stateOf({ name, state, settled }: Actor): string {
  if (name !== HOLDER) return nameOfState(state).split('.').at(-1) ?? '';
  const counts = Object.entries((state ?? {}) as Record<string, number>).map(
    ([each, many]) => `${many} ${each}`,
  );
  return [...counts, ...(settled > 0 ? [`${settled} settled`] : [])].join(', ');
}
