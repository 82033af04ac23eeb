/** Turns what XState inspects and what a session observes into entries of the hub. */

import { setTimeout } from 'node:timers';
import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { DropReason } from '../protocol/reasons.js';
import { isTroubled, type Observation, type ObservedSession } from '../session/journal/observation.js';
import { recogniseCodec } from '../wire/recognise.js';
import { chartOf } from './charts.js';
import type { CountersEntry, EventEntry } from './entries.js';
import { boundedCopy, bytesOf } from './excerpts.js';
import type { InspectorHub } from './hub.js';
import { noteEntry } from './notes.js';

/** Counters change with each message: one entry has to do for all changes in this time. */
const COUNTERS_PAUSE_MS = 100;

/** Options that make a session visible, to spread into its own. */
export interface WatchOptions {
  readonly inspect: (event: InspectionEvent) => void;
  readonly observe: (observation: Observation, session: ObservedSession) => void;
}

/**
 * Makes the options that make sessions visible.
 *
 * @param hub where their entries go
 * @param nameOf the name of the next session
 */
export function watchOptions(hub: InspectorHub, nameOf: () => string): WatchOptions {
  const watches = new WeakMap<object, SessionWatch>();
  let last: SessionWatch | undefined;
  const watchOf = (system: object | null): SessionWatch => {
    // a session that is being made has no system yet; `inspect` saw it a moment ago
    const known = system === null ? last : watches.get(system);
    if (known !== undefined) return known;
    last = new SessionWatch(hub, nameOf());
    if (system !== null) watches.set(system, last);
    return last;
  };
  return {
    inspect: (event) => watchOf((event.actorRef as AnyActorRef).system).inspected(event),
    observe: (observation, session) => watchOf(session.system).observed(observation, session),
  };
}

/** Adds the entries of one session. */
class SessionWatch {
  readonly #hub: InspectorHub;
  readonly #group: string;
  /** Transitions since the last snapshot, by actor. */
  readonly #taken = new Map<string, string[]>();
  #isCounting = false;

  constructor(hub: InspectorHub, group: string) {
    this.#hub = hub;
    this.#group = group;
  }

  inspected(event: InspectionEvent): void {
    const group = this.#group;
    const { id: actor, _parent } = event.actorRef as AnyActorRef;
    const parent = _parent?.id ?? null;
    const chart = chartOf(actor, parent);
    switch (event.type) {
      case '@xstate.actor':
        this.#hub.add({ kind: 'actor', group, actor, parent, chart });
        return;
      case '@xstate.event':
        // how XState itself begins and ends an actor, which the entries of its states say as well
        if (/^xstate\.(?:init|done\.actor)/.test(event.event.type)) return;
        this.#hub.add({
          kind: 'event',
          group,
          from: (event.sourceRef as AnyActorRef | undefined)?.id ?? null,
          to: actor,
          event: boundedCopy(event.event) as EventEntry['event'],
        });
        return;
      case '@xstate.microstep':
        this.#taken.set(actor, [...(this.#taken.get(actor) ?? []), ...event._transitions.flatMap(keyOf)]);
        return;
      case '@xstate.snapshot': {
        const { status, value, context } = event.snapshot as {
          status: string;
          value?: unknown;
          context?: unknown;
        };
        this.#hub.add({
          kind: 'state',
          group,
          actor,
          parent,
          chart,
          isOver: status !== 'active',
          state: value ?? null,
          context: boundedCopy(context) ?? null,
          event: event.event.type,
          taken: this.#taken.get(actor) ?? [],
        });
        this.#taken.delete(actor);
        return;
      }
      default:
    }
  }

  observed(observation: Observation, session: ObservedSession): void {
    const group = this.#group;
    const own = session.role;
    const peer = own === 'client' ? 'server' : 'client';
    switch (observation.type) {
      case 'message': {
        const { direction, serviceId, dataId, status, names, data, payload } = observation;
        this.#hub.add({
          kind: 'message',
          group,
          from: direction === 'sent' ? own : peer,
          serviceId,
          dataId,
          status,
          names,
          data: boundedCopy(data) ?? null,
          codec: session.codecName,
          ...bytesOf(payload),
          isTrouble: isTroubled({ serviceId, status, data }),
        });
        break;
      }
      case 'dropped': {
        const { reason, detail, payload } = observation;
        this.#hub.add({
          kind: 'drop',
          group,
          from: OWN_DROPS.has(reason) ? own : peer,
          reason,
          detail,
          readableAs: payload === null ? null : recogniseCodec(payload),
          codec: session.codecName,
          ...bytesOf(payload),
          isTrouble: true,
        });
        break;
      }
      case 'note': {
        const { code, reason, text } = observation;
        this.#hub.add(noteEntry({ group, code, reason, text }));
        break;
      }
    }
    this.#count(session);
  }

  #count(session: ObservedSession): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    setTimeout(() => {
      this.#isCounting = false;
      const counters = session.counters as unknown as CountersEntry['counters'];
      this.#hub.add({ kind: 'counters', group: this.#group, counters });
    }, COUNTERS_PAUSE_MS).unref();
  }
}

/** Why something was dropped on its way out. */
const OWN_DROPS: ReadonlySet<DropReason> = new Set([
  'late-result',
  'slow-iterator',
  'link-lost',
  'not-sent',
  'too-many-pending',
  'too-many-queued-bytes',
]);

type Transition = Extract<InspectionEvent, { type: '@xstate.microstep' }>['_transitions'][number];

/** The key of a transition in the pictures: the path of its state, its event, and its place among those for the event. */
function keyOf(transition: Transition): string[] {
  const { source, eventType } = transition;
  const [trigger, transitions] =
    eventType === '' ? ['always', source?.always] : [eventType, source?.transitions.get(eventType)];
  const place = transitions?.indexOf(transition) ?? -1;
  return place === -1 ? [] : [`${source.path.join('.')} ${trigger} ${place}`];
}
