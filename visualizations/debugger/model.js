import { placeAfter } from './listing.js';

/**
 * What the page knows: the entries of the stream, and how things stood after any of them. Draws nothing.
 *
 * @typedef {import('../../src/inspector/entries.js').NumberedEntry} Entry
 * @typedef {import('../../src/inspector/entries.js').CountersEntry['counters']} Counters
 *
 * @typedef {object} Actor
 * @property {string} key
 * @property {string} group
 * @property {string} name
 * @property {string | null} parent
 * @property {string | null} chart
 * @property {unknown} state
 * @property {unknown} context
 * @property {Taken | null} taken the last step that changed something, or took a transition
 * @property {boolean} isOver
 * @property {number} settled how many requests below it are settled
 *
 * @typedef {object} Taken
 * @property {string} event
 * @property {readonly string[]} keys
 * @property {string} from
 * @property {string} to
 *
 * @typedef {object} Group
 * @property {string} name
 * @property {Map<string, Actor>} actors by name
 * @property {string[]} settled the names of its last settled requests
 * @property {Counters} counters
 * @property {boolean} isCounted whether the counters are the session's own
 */

/** @param {Entry} entry */
export const isTrouble = (entry) => 'isTrouble' in entry && entry.isTrouble;

/** So many requests are kept after they were settled. */
const MAX_SETTLED = 5;

/** A long stream is shortened by this much at once. */
const SHORTEN_BY = 0.2;

export class Model {
  /** @type {Entry[]} */
  entries = [];
  /** @type {Entry[]} those of them that are trouble */
  #troubles = [];
  /** @type {Map<string, Group>} */
  groups = new Map();
  /** How many entries the groups stand after. */
  position = 0;
  /** Entries that this page never got, or has forgotten. */
  leftOut = 0;
  maxEntries = 5_000;
  /** @type {string | null} the key of an actor that is kept as long as the page shows it */
  keptActor = null;

  /** Forgets everything. */
  clear() {
    this.forgetPast();
    this.groups = new Map();
    this.leftOut = 0;
  }

  /** Forgets what happened, and keeps how things stand. */
  forgetPast() {
    this.entries = [];
    this.#troubles = [];
    this.position = 0;
  }

  /**
   * Takes an entry of the stream.
   *
   * @param {Entry} entry
   * @param {boolean} isFollowed whether the groups go along with it
   */
  add(entry, isFollowed) {
    this.entries.push(entry);
    if (isTrouble(entry)) this.#troubles.push(entry);
    if (isFollowed) this.#apply(entry);
    if (isFollowed) this.position = this.entries.length;
    if (this.entries.length <= this.maxEntries) return;
    const count = Math.ceil(this.maxEntries * SHORTEN_BY);
    this.entries = this.entries.slice(count);
    const first = this.entries[0]?.number ?? 0;
    this.#troubles = this.#troubles.filter(({ number }) => number >= first);
    this.position = Math.max(0, this.position - count);
    this.leftOut += count;
    this.#forgetClosed();
  }

  /** Sessions that are over and of which nothing is kept: a server has new ones all the time. */
  #forgetClosed() {
    const kept = new Set(this.entries.map(({ group }) => group));
    for (const [name, { actors }] of this.groups) {
      const state = actors.get('session')?.state;
      if (!kept.has(name) && (state === 'closed' || state === undefined)) this.groups.delete(name);
    }
  }

  /**
   * Goes to how things stood after so many entries.
   *
   * @param {number} position
   */
  goTo(position) {
    const target = Math.max(0, Math.min(position, this.entries.length));
    // what was forgotten cannot be replayed: going on from here is right where it is possible
    if (target < this.position) {
      this.groups = new Map();
      this.position = 0;
    }
    for (const entry of this.entries.slice(this.position, target)) this.#apply(entry);
    this.position = target;
  }

  /** @param {string} key @returns {Actor | undefined} */
  actor(key) {
    for (const { actors } of this.groups.values()) {
      for (const actor of actors.values()) if (actor.key === key) return actor;
    }
    return undefined;
  }

  /** The troubles up to where the groups stand, oldest first. */
  get troubles() {
    if (this.position === this.entries.length) return this.#troubles;
    return this.#troubles.slice(0, placeAfter(this.#troubles, this.entries[this.position - 1]?.number ?? 0));
  }

  /** The places of all troubles, from 0 to 1. */
  get troubleMarks() {
    return this.#troubles.map(({ number }) => placeAfter(this.entries, number) / this.entries.length);
  }

  /** @param {number | null} number @returns {Entry | undefined} */
  entry(number) {
    const entry = number === null ? undefined : this.entries[placeAfter(this.entries, number) - 1];
    return entry?.number === number ? entry : undefined;
  }

  /** @param {string} name */
  #group(name) {
    let group = this.groups.get(name);
    if (group === undefined) {
      group = { name, actors: new Map(), settled: [], counters: {}, isCounted: false };
      this.groups.set(name, group);
    }
    return group;
  }

  /**
   * The holder of the requests shows how many are in which state, and the last step of any. Settled requests are forgotten,
   * but for the last few.
   *
   * @param {Group} group
   * @param {Actor} request
   * @param {string} from
   */
  #requestStepped(group, request, from) {
    const holder = group.actors.get(request.parent ?? '');
    const to = request.isOver ? '' : nameOfState(request.state);
    if (holder !== undefined) {
      const counts = new Map(Object.entries(holder.state ?? {}));
      for (const [state, by] of /** @type {[string, number][]} */ ([
        [from, -1],
        [to, 1],
      ]))
        if (state !== '') counts.set(state, (counts.get(state) ?? 0) + by);
      holder.state = Object.fromEntries([...counts].filter(([, count]) => count > 0));
      holder.taken = request.taken;
    }
    if (!request.isOver) return;
    group.settled.push(request.name);
    if (holder !== undefined) holder.settled++;
    while (group.settled.length > MAX_SETTLED) {
      const actor = group.actors.get(group.settled.shift() ?? '');
      if (actor !== undefined && actor.key !== this.keptActor) group.actors.delete(actor.name);
    }
  }

  /** @param {Entry} entry */
  #apply(entry) {
    const group = this.#group(entry.group);
    switch (entry.kind) {
      case 'actor': {
        group.actors.set(entry.actor, newActor(entry));
        break;
      }
      case 'state': {
        // an actor that came into being before this page, or the part that it has kept
        const { actor: name } = entry;
        const actor = group.actors.get(name) ?? newActor(entry);
        group.actors.set(name, actor);
        const state = entry.state ?? actor.state;
        const [from, to] = [nameOfState(actor.state), nameOfState(state)];
        const isStep = entry.taken.length > 0 || from !== to;
        if (isStep && !entry.event.startsWith('xstate.init'))
          actor.taken = { event: entry.event, keys: entry.taken, from, to };
        actor.state = state;
        actor.context = entry.context;
        actor.isOver = entry.isOver;
        if (isRequest(name)) this.#requestStepped(group, actor, from);
        break;
      }
      case 'counters':
        group.counters = entry.counters;
        group.isCounted = true;
        break;
      case 'message':
        if (!group.isCounted) group.counters = more(group.counters, `messages from the ${entry.from}`);
        break;
      case 'drop':
        if (!group.isCounted) group.counters = more(group.counters, 'dropped', entry.reason);
        break;
      default:
    }
  }
}

/** @param {import('../../src/inspector/entries.js').ActorEntry | import('../../src/inspector/entries.js').StateEntry} entry @returns {Actor} */
function newActor({ group, actor: name, parent, chart }) {
  return {
    key: `${group} ${name}`,
    group,
    name,
    parent,
    chart,
    state: null,
    context: null,
    taken: null,
    isOver: false,
    settled: 0,
  };
}

/** Whether an actor is a pending request: `request 12: read data request, data_id 0`. @param {string} name */
export const isRequest = (name) => /^(?:request|message|receive) \d+: /.test(name);

/** @param {Counters} counters @param {string} name @param {string} [reason] @returns {Counters} */
function more(counters, name, reason) {
  if (reason === undefined) return { ...counters, [name]: Number(counters[name] ?? 0) + 1 };
  const before = /** @type {Record<string, number>} */ (counters[name] ?? {});
  return { ...counters, [name]: { ...before, [reason]: (before[reason] ?? 0) + 1 } };
}

/**
 * A state value as the paths of all states that are active.
 *
 * @param {any} value
 * @param {string} [before]
 * @returns {string[]}
 */
export function pathsOf(value, before = '') {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string') return [before + value];
  return Object.entries(value).flatMap(([key, below]) => [
    before + key,
    ...pathsOf(below, `${before}${key}.`),
  ]);
}

/** @param {unknown} value */
export const nameOfState = (value) => pathsOf(value).at(-1) ?? '';

/**
 * An entry in one line.
 *
 * @param {Entry} entry
 */
export function textOf(entry) {
  switch (entry.kind) {
    case 'message': {
      const { names, status, data } = entry;
      const suffix = status === 0 ? '' : `, status ${names.status}`;
      return `${entry.from} → ${names.service}, ${names.data}${suffix}: ${shortened(JSON.stringify(data))}`;
    }
    case 'drop':
      return `${entry.from === null ? '' : `${entry.from} → `}dropped (${entry.reason}): ${entry.detail}`;
    case 'note':
      return entry.text;
    case 'event':
      return `${entry.from ?? 'program'} → ${entry.to}: ${entry.event.type}`;
    case 'actor':
      return `${entry.actor} came into being`;
    case 'state':
      return `${entry.actor} is in ${nameOfState(entry.state)}`;
    case 'counters':
      return 'counters';
  }
}

const MAX_LINE = 160;

/** @param {string} text */
function shortened(text) {
  return text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
}
