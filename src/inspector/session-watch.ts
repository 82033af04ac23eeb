/** Turns what XState inspects and what one session observes into entries of the hub. */

import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { DropReason } from '../protocol/reasons.js';
import type { Role } from '../protocol/role.js';
import { askingDoorOf } from '../session/journal/asking-door.js';
import {
  isTroubled,
  type Observation,
  type ObservedDrop,
  type ObservedMessage,
  type ObservedSession,
} from '../session/journal/observation.js';
import { recogniseCodec } from '../wire/recognise.js';
import { chartOf } from './charts.js';
import type { CountersClock } from './counters-clock.js';
import type { CountersEntry, EventEntry, SessionEntry } from './entries.js';
import { boundedCopy, bytesOf, noiseDetail } from './excerpts.js';
import type { InspectorHub } from './hub.js';
import { noteEntry } from './notes.js';

/** What the watches of one debugger have in common. */
export interface Watching {
  readonly hub: InspectorHub;
  readonly counters: CountersClock;
  /** Whether the page may send in the sessions. */
  readonly canSend: boolean;
}

/** Adds the entries of one session. */
export class SessionWatch {
  readonly #watching: Watching;
  readonly #hub: InspectorHub;
  readonly #group: string;
  /** Transitions since the last snapshot, by actor. */
  readonly #taken = new Map<string, string[]>();
  #identity: SessionEntry | null = null;

  /** @param group the name under which it is shown */
  constructor(watching: Watching, group: string) {
    this.#watching = watching;
    this.#hub = watching.hub;
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
    const shown = this.#hub.groups.of(this.#group);
    if (shown.door === null && !shown.isOver) {
      shown.door = askingDoorOf(session) ?? null;
      shown.canSend = this.#watching.canSend;
    }
    this.#identified(session);
    this.#hub.observed(this.#group, observation, session.role);
    switch (observation.type) {
      case 'message':
        this.#passed(observation, session);
        break;
      case 'dropped':
        this.#dropped(observation, session);
        break;
      case 'note': {
        const { code, reason, text } = observation;
        this.#hub.add(noteEntry({ group: this.#group, code, reason, text }));
        break;
      }
      default:
    }
    this.#watching.counters.changed(this.#group, session);
  }

  /** Tells who the session is, and again when more is known. */
  #identified(session: ObservedSession): void {
    const { role, codecName: codec, peerAddress: address, channelName: own, peerName } = session;
    const channelName = role === 'client' ? own : (peerName ?? own);
    const known = this.#identity;
    if (known?.address === address && known.channelName === channelName) return;
    const allowed = this.#watching.canSend ? ({ canSend: true } as const) : {};
    const identity: SessionEntry = {
      kind: 'session',
      group: this.#group,
      role,
      codec,
      address,
      channelName,
      ...allowed,
    };
    this.#identity = identity;
    this.#hub.add(identity);
  }

  #passed(observation: ObservedMessage, session: ObservedSession): void {
    const { direction, serviceId, dataId, status, names, data, byteLength, payload } = observation;
    const group = this.#group;
    const from = direction === 'sent' ? session.role : peerOf(session.role);
    this.#hub.add(
      {
        kind: 'message',
        group,
        from,
        serviceId,
        dataId,
        status,
        names,
        data: boundedCopy(data) ?? null,
        codec: session.codecName,
        size: byteLength,
        ...bytesOf(payload),
        isTrouble: isTroubled({ serviceId, status, data }),
      },
      observation,
    );
  }

  #dropped({ reason, detail, payload, byteLength }: ObservedDrop, session: ObservedSession): void {
    const shown = shownOf(payload, byteLength);
    this.#hub.add({
      kind: 'drop',
      group: this.#group,
      from: OWN_DROPS.has(reason) ? session.role : peerOf(session.role),
      reason,
      detail: reason === 'noise' ? noiseDetail(detail, shown.hex) : detail,
      readableAs: payload === null ? null : recogniseCodec(payload),
      codec: session.codecName,
      ...shown,
      isTrouble: true,
    });
  }
}

/** The bytes that are kept of what was dropped, and how many are not. */
function shownOf(payload: Uint8Array | null, byteLength: number): ReturnType<typeof bytesOf> {
  const { hex, hiddenBytes } = bytesOf(payload);
  const kept = payload?.length ?? 0;
  return { hex, hiddenBytes: hiddenBytes + Math.max(0, byteLength - kept) };
}

/** The counters of a session as an entry. */
export function countersEntry(group: string, session: ObservedSession): CountersEntry {
  return { kind: 'counters', group, counters: session.counters as unknown as CountersEntry['counters'] };
}

function peerOf(role: Role): Role {
  return role === 'client' ? 'server' : 'client';
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
