/** The charts of a session: the machine of the chosen actor, the step that it just took, and those before. */

import { kept, oneOf } from '../app/kept.js';
import { useKeys } from '../app/keys.js';
import { Nothing } from '../app/nothing.js';
import { Tabs } from '../app/tabs.js';
import type { Store } from '../store/store.js';
import { count, seconds } from '../store/texts.js';
import type { ChartKind } from '../store/types.js';
import { type Actor, type GroupWorld, HOLDER, isRequest, nameOfState } from '../store/world.js';
import { Context } from './context.js';
import { Picture, zoomBy } from './picture.js';
import {
  activePaths,
  countsOf,
  eventName,
  innermost,
  isFailed,
  type Shown,
  shownOf,
  stateName,
} from './steps.js';
import { zoom } from './zoom.js';

/** So many requests in flight are listed, and so many steps. */
const MAX_REQUESTS = 50;
const MAX_STEPS = 100;
/** A failure is looked for in so many last steps. */
const FEW = 20;
/** The kind of the last time. */
const lastKind = kept<ChartKind>('charts', 'always', 'simple', oneOf(['simple', 'full']));

export function ChartsView({ store }: { store: Store }) {
  const world = store.worldAt(store.moment.value);
  const actors = world === undefined ? [] : [...world.actors.values()].filter(({ chart }) => chart !== null);
  const actor = chosenActor(store, actors);
  const kind = store.chartKind.value ?? lastKind.value;
  const choose = (next: ChartKind) => {
    store.chartKind.value = next;
    lastKind.value = next;
  };
  useKeys('Charts', [
    { keys: ['+', '='], what: 'Larger', run: () => zoomBy(1) },
    { keys: ['-'], what: 'Smaller', run: () => zoomBy(-1) },
    { keys: ['0'], what: 'Actual size', run: () => (zoom.value = 1) },
    { keys: ['f'], what: 'Fit into the view', run: () => (zoom.value = 'fit') },
    {
      keys: ['m'],
      what: 'Full, with guards and actions, or simple',
      run: () => choose(kind === 'full' ? 'simple' : 'full'),
    },
  ]);
  if (world === undefined || actor === undefined || actor.chart === null)
    return (
      <Nothing
        group={store.group.value}
        what="statecharts"
        why="Traffic that is only watched has no states; those of a session may be older than what this page has."
      />
    );
  const machines = actors.filter(({ name }) => !isRequest(name));
  const shown = shownIn(store, actor);
  const { taken } = shown;
  const hasFailed = taken !== null && isFailed(taken);
  return (
    <div class="charts">
      {machines.length > 0 && (
        <Tabs
          label="Machines"
          tabs={machines.map((each) => ({
            name: each.name,
            id: `machine-${each.name}`,
            panel: 'chart-panel',
            content: (
              <>
                {each.name} <span class="quiet">{stateName(each.state)}</span>
              </>
            ),
            isTrouble: each.name === actor.name ? hasFailed : each.taken !== null && isFailed(each.taken),
          }))}
          chosen={machineOf(actor)}
          choose={(name) => store.select({ actor: name })}
        />
      )}
      <Requests store={store} world={world} actor={actor} />
      <div class="toolbar">
        {/* biome-ignore lint/a11y/useSemanticElements: no set of fields */}
        <span class="segments" role="group" aria-label="How much the picture shows">
          {(['simple', 'full'] as const).map((each) => (
            <button
              key={each}
              type="button"
              class={`chart-${each}`}
              aria-pressed={kind === each}
              onClick={() => choose(each)}
            >
              {each === 'simple' ? 'Simple' : 'Full'}
            </button>
          ))}
        </span>
        <span class="room" />
        <button type="button" aria-label="Smaller" onClick={() => zoomBy(-1)}>
          −
        </button>
        <button type="button" aria-label="Larger" onClick={() => zoomBy(1)}>
          +
        </button>
        <button
          type="button"
          aria-pressed={zoom.value === 'fit'}
          title="Fit into the view"
          onClick={() => (zoom.value = 'fit')}
        >
          Fit
        </button>
        <button type="button" title="Actual size" onClick={() => (zoom.value = 1)}>
          100 %
        </button>
      </div>
      {/* read out step by step, but not while steps come by themselves */}
      <p
        class={`chart-step ${hasFailed ? 'trouble' : ''}`}
        aria-live={store.moment.value === null ? 'off' : 'polite'}
      >
        <StepWords state={actor.state} shown={shown} hasFailed={hasFailed} />
      </p>
      <div class="chart-panel" id="chart-panel" role="tabpanel" aria-label={actor.name}>
        <Picture
          name={actor.chart}
          kind={kind}
          label={`The statechart of ${actor.name}`}
          marks={{
            active: activePaths(actor.state),
            taken: new Set(taken?.keys ?? []),
            hasFailed,
            counts: countsOf(actor.state),
          }}
          step={JSON.stringify([actor.group, actor.name, actor.chart, kind, actor.state, taken])}
        />
        <div class="chart-beside">
          <History store={store} actor={actor} chosen={taken?.number ?? null} />
          <Context {...shown} />
        </div>
      </div>
    </div>
  );
}

/** The machine in whose tab an actor is: requests are below that which holds them. */
const machineOf = ({ name, parent }: Actor): string => (isRequest(name) ? (parent ?? name) : name);

/** The chosen actor; else the one that the chosen entry is about, one that failed, the authentication, the first. */
function chosenActor(store: Store, actors: readonly Actor[]): Actor | undefined {
  const named = (name: string | null | undefined) => actors.find((each) => each.name === name);
  const { actor, entry } = store.selection.value;
  const about = store.entry(entry);
  const ofEntry = about?.kind === 'state' ? about.actor : about?.kind === 'event' ? about.to : null;
  return (
    named(actor) ??
    (actor !== null && isRequest(actor) ? named(HOLDER) : undefined) ??
    named(ofEntry) ??
    actors.find((each) => each.name === 'authentication' && hasFailedIn(store, each)) ??
    actors.find(({ name, taken }) => !isRequest(name) && taken !== null && isFailed(taken)) ??
    named('authentication') ??
    actors[0]
  );
}

/** What is shown of an actor at the chosen moment. */
function shownIn(store: Store, actor: Actor): Shown {
  const until = store.moment.value === null ? null : store.until.value;
  const steps = store.historyOf(actor.group)?.lastStepsOf((name) => name === actor.name, until, FEW) ?? [];
  return shownOf(actor, steps);
}

function hasFailedIn(store: Store, actor: Actor): boolean {
  const { taken } = shownIn(store, actor);
  return taken !== null && isFailed(taken);
}

function StepWords({ state, shown, hasFailed }: { state: unknown; shown: Shown; hasFailed: boolean }) {
  const { taken, later } = shown;
  if (taken === null) return <>{`${stateName(state) || 'no state'}; no step so far`}</>;
  const { from, to, event } = taken;
  return (
    <>
      {hasFailed && <strong class="badge">failed</strong>}
      {from !== '' && from !== to && <span>{innermost(from)}</span>}
      {from !== '' && from !== to && <span class="quiet">→</span>}
      <strong>{eventName(event)}</strong>
      <span class="quiet">→</span>
      <span>{innermost(to)}</span>
      {later.length > 0 && <span class="quiet">{`then ${later.join(', ')}`}</span>}
    </>
  );
}

/** The requests in flight, below the machine that holds them. */
function Requests({ store, world, actor }: { store: Store; world: GroupWorld; actor: Actor }) {
  const holder = machineOf(actor);
  const requests = [...world.actors.values()].filter(
    ({ name, parent, isOver }) => isRequest(name) && parent === holder && (!isOver || name === actor.name),
  );
  if (requests.length === 0) return null;
  return (
    <ul class="chart-requests" aria-label="Requests in flight">
      {requests.slice(0, MAX_REQUESTS).map(({ name, state }) => (
        <li key={name}>
          <button
            type="button"
            aria-pressed={name === actor.name}
            onClick={() => store.select({ actor: name === actor.name ? holder : name })}
          >
            {name} <span class="quiet">{innermost(nameOfState(state))}</span>
          </button>
        </li>
      ))}
      {requests.length > MAX_REQUESTS && (
        <li class="quiet">{`and ${count(requests.length - MAX_REQUESTS)} more`}</li>
      )}
    </ul>
  );
}

/** The last steps of the actor; each leads to its moment. */
function History({ store, actor, chosen }: { store: Store; actor: Actor; chosen: number | null }) {
  // the holder of the requests has no states of its own
  const isHolder = actor.name === HOLDER;
  const isOf = (name: string) => (isHolder ? isRequest(name) : name === actor.name);
  const steps = store.historyOf(actor.group)?.lastStepsOf(isOf, null, MAX_STEPS) ?? [];
  return (
    <section class="chart-history" aria-label="Steps">
      <h2>Steps, newest first</h2>
      <ol>
        {steps.map((entry) => {
          const step = { event: entry.event, keys: entry.taken, to: nameOfState(entry.state) };
          const isFault = isFailed(step);
          return (
            <li key={entry.number}>
              <button
                type="button"
                class={isFault ? 'trouble' : ''}
                aria-current={entry.number === chosen ? 'step' : undefined}
                onClick={() => store.goToEntry(entry.number)}
              >
                <span class="mono quiet">{seconds(entry.ms)}</span>
                <span>
                  {eventName(entry.event)} → {innermost(step.to)}
                  {isFault && <strong> failed</strong>}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
