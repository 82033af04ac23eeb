/** How a session stood after any of its entries: its actors with their states, and its counters. */

import { placeAfter } from './growing.js';
import type { CountersEntry, NumberedEntry, NumberedState } from './types.js';

/** The last step of an actor that changed something, or took a transition. */
export interface Taken {
  readonly event: string;
  /** The keys of the transitions; the pictures have the same keys. */
  readonly keys: readonly string[];
  readonly from: string;
  readonly to: string;
  /** The number of the entry that said so. */
  readonly number: number;
}

/** An actor as it stands; it does not change, a later one takes its place. */
export interface Actor {
  readonly group: string;
  readonly name: string;
  readonly parent: string | null;
  readonly chart: string | null;
  readonly state: unknown;
  readonly context: unknown;
  /** The context before the last step, to show what the step changed. */
  readonly contextBefore: unknown;
  readonly taken: Taken | null;
  readonly isOver: boolean;
  /** How many requests below it are settled. */
  readonly settled: number;
}

/** A session as it stands. */
export interface GroupWorld {
  readonly name: string;
  /** By name, in the order in which they came into being. */
  readonly actors: ReadonlyMap<string, Actor>;
  readonly counters: CountersEntry['counters'];
}

/** So many requests are kept after they were settled. */
const MAX_SETTLED = 5;
/** How it stood is kept for each so many entries, so that going back is no long way. */
const CHECKPOINT_EACH = 1_000;

/** Whether an entry changes how a session stands. */
export const isStep = ({ kind }: NumberedEntry): boolean =>
  kind === 'actor' || kind === 'state' || kind === 'counters';

/** The steps of one session, and how it stood after any of them. A place is that of a step among all that ever were. */
export class GroupHistory {
  readonly #name: string;
  #steps: NumberedEntry[] = [];
  /** How many steps were forgotten. */
  #forgotten = 0;
  /** How it stood before the first step that is kept. */
  readonly #start: Standing;
  /** How it stood after each so many steps, those included that were forgotten. */
  #checkpoints: { readonly place: number; readonly standing: Standing }[] = [];
  readonly #live: Standing;
  #past: { standing: Standing; place: number } | null = null;

  constructor(name: string) {
    this.#name = name;
    this.#start = new Standing(name);
    this.#live = new Standing(name);
  }

  add(entry: NumberedEntry): void {
    this.#steps.push(entry);
    this.#live.apply(entry);
    const place = this.#forgotten + this.#steps.length;
    if (place % CHECKPOINT_EACH === 0) this.#checkpoints.push({ place, standing: this.#live.copy() });
  }

  /** Forgets steps before an entry, and keeps how things stood then. */
  forgetBefore(number: number): void {
    const gone = this.#steps.splice(0, placeAfter(this.#steps, number - 1));
    if (gone.length === 0) return;
    for (const step of gone) this.#start.apply(step);
    this.#forgotten += gone.length;
    this.#past = null;
    this.#checkpoints = this.#checkpoints.filter(({ place }) => place > this.#forgotten);
  }

  /**
   * How the session stands.
   *
   * @param number the last entry that counts; null: all
   */
  at(number: number | null): GroupWorld {
    if (number === null) return this.#live.world();
    return this.#standingAfter(this.#forgotten + placeAfter(this.#steps, number)).world();
  }

  /**
   * The last steps of actors, newest first.
   *
   * @param isOf whether an actor counts, by its name
   * @param number the last entry that counts; null: all
   * @param count how many at most
   */
  lastStepsOf(isOf: (actor: string) => boolean, number: number | null, count: number): NumberedState[] {
    const found: NumberedState[] = [];
    const end = number === null ? this.#steps.length : placeAfter(this.#steps, number);
    for (let place = end - 1; place >= 0 && found.length < count; place--) {
      const step = this.#steps[place];
      if (step?.kind === 'state' && isOf(step.actor)) found.push(step);
    }
    return found;
  }

  #standingAfter(place: number): Standing {
    const before = this.#checkpoints.findLast((checkpoint) => checkpoint.place <= place);
    const from = before ?? { place: this.#forgotten, standing: this.#start };
    let past = this.#past;
    if (past === null || past.place > place || past.place < from.place)
      past = { standing: from.standing.copy(), place: from.place };
    for (; past.place < place; past.place++) {
      const step = this.#steps[past.place - this.#forgotten];
      if (step !== undefined) past.standing.apply(step);
    }
    this.#past = past;
    return past.standing;
  }

  get name(): string {
    return this.#name;
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0;
  }
}

/** A session while its steps are applied. */
class Standing {
  readonly #name: string;
  #actors = new Map<string, Actor>();
  #settled: string[] = [];
  #counters: CountersEntry['counters'] = {};
  #world: GroupWorld | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  copy(): Standing {
    const copy = new Standing(this.#name);
    copy.#actors = new Map(this.#actors);
    copy.#settled = [...this.#settled];
    copy.#counters = this.#counters;
    return copy;
  }

  world(): GroupWorld {
    this.#world ??= { name: this.#name, actors: new Map(this.#actors), counters: this.#counters };
    return this.#world;
  }

  apply(entry: NumberedEntry): void {
    this.#world = null;
    switch (entry.kind) {
      case 'actor':
        this.#actors.set(entry.actor, newActor(entry));
        break;
      case 'state': {
        // an actor that came into being before this page, or the part that it has kept
        const before = this.#actors.get(entry.actor) ?? newActor(entry);
        const state = entry.state ?? before.state;
        const [from, to] = [nameOfState(before.state), nameOfState(state)];
        const hasMoved = entry.taken.length > 0 || from !== to;
        const isStart = entry.event.startsWith('xstate.init');
        const actor: Actor = {
          ...before,
          state,
          context: entry.context,
          contextBefore: before.context,
          isOver: entry.isOver,
          taken:
            hasMoved && !isStart
              ? { event: entry.event, keys: entry.taken, from, to, number: entry.number }
              : before.taken,
        };
        this.#actors.set(entry.actor, actor);
        if (isRequest(entry.actor)) this.#requestStepped(actor, from);
        break;
      }
      case 'counters':
        this.#counters = entry.counters;
        break;
      default:
    }
  }

  /**
   * The holder of the requests shows how many are in which state, and the last step of any. Settled requests are forgotten,
   * but for the last few.
   */
  #requestStepped(request: Actor, from: string): void {
    const holder = this.#actors.get(request.parent ?? '');
    const to = request.isOver ? '' : nameOfState(request.state);
    if (holder !== undefined) {
      const counts = new Map(Object.entries((holder.state ?? {}) as Record<string, number>));
      for (const [state, by] of [
        [from, -1],
        [to, 1],
      ] as const)
        if (state !== '') counts.set(state, (counts.get(state) ?? 0) + by);
      this.#actors.set(holder.name, {
        ...holder,
        state: Object.fromEntries([...counts].filter(([, count]) => count > 0)),
        taken: request.taken,
        settled: holder.settled + (request.isOver ? 1 : 0),
      });
    }
    if (!request.isOver) return;
    this.#settled.push(request.name);
    while (this.#settled.length > MAX_SETTLED) this.#actors.delete(this.#settled.shift() ?? '');
  }
}

function newActor(entry: Extract<NumberedEntry, { kind: 'actor' | 'state' }>): Actor {
  const { group, actor: name, parent, chart } = entry;
  return {
    group,
    name,
    parent,
    chart,
    state: null,
    context: null,
    contextBefore: null,
    taken: null,
    isOver: false,
    settled: 0,
  };
}

/** The actor that holds the pending requests. */
export const HOLDER = 'pendingRequests';

/** Whether an actor is a pending request: `request 12: read data request, data_id 0`. */
export const isRequest = (name: string): boolean => /^(?:request|message|receive) \d+: /.test(name);

/** A state value as the paths of all states that are active. */
export function pathsOf(value: unknown, before = ''): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string') return [before + value];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, below]) => [
    before + key,
    ...pathsOf(below, `${before}${key}.`),
  ]);
}

/** The innermost state of a state value. */
export const nameOfState = (value: unknown): string => pathsOf(value).at(-1) ?? '';
