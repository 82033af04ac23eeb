/** From what XState tells its inspectors, and what a session tells its observer, to entries of the hub. */

import type { AnyActorRef, InspectionEvent } from 'xstate';
import { isTroubled, type Observation, type ObservedSession } from '../session/journal/observation.js';
import { recogniseCodec } from '../wire/recognise.js';
import { chartOf } from './charts.js';
import type { CountersEntry, EventEntry } from './entries.js';
import { boundedCopy, bytesOf } from './excerpts.js';
import type { InspectorHub } from './hub.js';

/** Counters are told so long after something happened; they change with each message. */
const COUNTERS_PAUSE_MS = 100;

/** What a session is given so that it is seen: options to spread into its own. */
export interface WatchOptions {
  readonly inspect: (event: InspectionEvent) => void;
  readonly observe: (observation: Observation, session: ObservedSession) => void;
}

/**
 * Watches sessions.
 *
 * @param hub where it is told
 * @param nameOf what the next session is called
 */
export function watchOptions(hub: InspectorHub, nameOf: () => string): WatchOptions {
  const watches = new WeakMap<object, SessionWatch>();
  let last: SessionWatch | undefined;
  const watchOf = (system: object | null): SessionWatch => {
    // one that is being made has been seen by `inspect` a moment ago
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

/** Tells the hub of one session. */
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
    const { id: actor, _parent: parent } = event.actorRef as AnyActorRef & { _parent?: AnyActorRef };
    switch (event.type) {
      case '@xstate.actor':
        this.#hub.add({ kind: 'actor', group, actor, parent: parent?.id ?? null, chart: chartOf(actor) });
        return;
      case '@xstate.event':
        if (event.event.type.startsWith('xstate.init')) return;
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
        const { value, context } = event.snapshot as { value?: unknown; context?: unknown };
        this.#hub.add({
          kind: 'state',
          group,
          actor,
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
        const { level, text } = observation;
        this.#hub.add({ kind: 'note', group, text, isTrouble: level === 'warning' || level === 'error' });
        break;
      }
    }
    this.#count(session);
  }

  /** Soon, and once for all that happens until then. */
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

/** What was dropped on the way out. */
const OWN_DROPS: ReadonlySet<string> = new Set(['late-result', 'link-lost', 'not-sent']);

type Transition = Extract<InspectionEvent, { type: '@xstate.microstep' }>['_transitions'][number];

/** A transition as the pictures name it: the path of its state, its event, and its place among those for the event. */
function keyOf(transition: Transition): string[] {
  const { source, eventType } = transition;
  const [trigger, transitions] =
    eventType === '' ? ['always', source?.always] : [eventType, source?.transitions.get(eventType)];
  const place = transitions?.indexOf(transition) ?? -1;
  return place === -1 ? [] : [`${source.path.join('.')} ${trigger} ${place}`];
}
