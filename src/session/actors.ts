/**
 * The machines with their effects, made once per process: providing them anew for each session would cost as much as a new
 * machine. An effect finds its session by the actor system that it runs in.
 */

import { type AnyActorRef, createActor, type InspectionEvent } from 'xstate';
import {
  authenticationMachine,
  channelNameMachine,
  connectionMachine,
  heartbeatMachine,
  type PendingRequestsEvent,
  type SessionAnnouncement,
  type SessionEvent,
  sessionMachine,
} from '../../machines/index.js';
import { assertProvided } from '../../machines/not-provided.js';
import type { AuthenticationReason, LinkReason } from '../protocol/reasons.js';
import { pendingRequestsLogic } from './asking/holder-logic.js';
import type { PendingEffects } from './asking/pending-requests.js';
import type { Ending } from './ending.js';
import { guarded } from './guarded-inspector.js';
import type { Handshake } from './handshake/handshake.js';
import type { Heartbeat } from './heartbeat.js';
import type { Journal } from './journal/journal.js';
import { lightActor } from './light/light-logic.js';
import { type ActorOwner, LightSystem } from './light/system.js';
import type { Link } from './link.js';
import type { SessionSettings } from './options.js';
import type { Gate } from './sending/gate.js';
import type { SessionHandle } from './session-handle.js';
import type { UnderWay } from './under-way.js';

/** The rooms of one session that carry out the effects of its machines. */
export interface SessionEffects extends ActorOwner<SessionAnnouncement> {
  readonly journal: Journal;
  readonly gate: Gate;
  readonly link: Link;
  readonly ending: Ending;
  readonly underWay: UnderWay;
  readonly handshake: Handshake;
  /** Null where there is none: a server, or switched off. */
  readonly heartbeat: Heartbeat | null;
  readonly asking: PendingEffects;
  /** The peer has given its name, which is unverified text. */
  peerNamed(name: string): void;
  /** When the time of the first who waits for a link is over; Infinity if nobody waits. */
  readonly firstDeadlineMs: number;
  /** Ends the session when an effect throws; the machine itself goes on with its step. */
  readonly handle: SessionHandle;
}

/** Of sessions that somebody inspects: a map, because inspectors see the system, and must not see more. */
const effectsBySystem = new WeakMap<object, SessionEffects>();

function effectsOf(system: object): SessionEffects {
  const effects =
    system instanceof LightSystem ? (system.owner as SessionEffects) : effectsBySystem.get(system);
  if (effects === undefined) throw new Error('this actor system belongs to no session');
  return effects;
}

/** What XState gives an action. */
interface ActionArgs<C> {
  readonly system: object;
  readonly context: C;
}

/** An action with an effect on the world; if it throws, the session ends, but not the actor in the middle of a step. */
function effect<P, C>(
  run: (effects: SessionEffects, params: P, context: C) => void,
): (args: ActionArgs<C>, params: P) => void {
  return ({ system, context }, params) => {
    const effects = effectsOf(system);
    try {
      run(effects, params, context);
    } catch (error) {
      effects.handle.fail(error);
    }
  };
}

/** What XState gives a delay. */
interface DelayArgs<C, E> extends ActionArgs<C> {
  readonly event: E;
}

/** How long a delay is; if a clock or a transport throws while it is asked, the session ends, but not the actor. */
function delay<C, E>(
  read: (effects: SessionEffects, context: C, event: E) => number,
): (args: DelayArgs<C, E>) => number {
  return ({ system, context, event }) => {
    const effects = effectsOf(system);
    try {
      return read(effects, context, event);
    } catch (error) {
      effects.handle.fail(error);
      return 0;
    }
  };
}

const connection = assertProvided(
  connectionMachine.provide({
    actions: {
      'open a link': effect(({ link }) => link.open()),
      'break the link': effect(({ link }, { reason }) => link.break(reason)),
      'close the transport': effect((effects) =>
        effects.link.close((lostBytes) => {
          effects.ending.lostBytes = lostBytes;
          effects.handle.transportClosed();
        }),
      ),
    },
    delays: {
      'connect time-out': delay(({ link }) => link.connectTimeoutMs()),
      'reconnect delay': delay(({ link, firstDeadlineMs }, { failedAttempts }, { type }) =>
        type === 'connection.wake'
          ? link.shortenedDelayMs(firstDeadlineMs)
          : link.reconnectDelayMs(failedAttempts, firstDeadlineMs),
      ),
      'refusal delay': delay(({ link }) => link.refusalDelayMs()),
    },
  }),
);

const authentication = assertProvided(
  authenticationMachine.provide({
    actions: {
      'send the seed request': effect(({ handshake }) => handshake.sendSeedRequest()),
      'send a fresh seed': effect(({ handshake }) => handshake.sendFreshSeed()),
      'send the key': effect(({ handshake }) => handshake.sendKey()),
      'answer that the key is right': effect(({ handshake }) => handshake.acceptKey()),
      'answer, after a penalty, that the key is wrong': effect(({ handshake }, _, { wrongKeys }) =>
        handshake.refuseKey(wrongKeys),
      ),
      'forget the seed': effect(({ handshake }) => handshake.forgetSeed()),
      'drop the unexpected message': effect(({ handshake }) => handshake.dropUnexpected()),
    },
  }),
);

const channelName = assertProvided(
  channelNameMachine.provide({
    actions: {
      'ask for the name': effect(({ handshake }, { name }) => handshake.askForName(name)),
      'answer with a name': effect(({ handshake }, { name }) => handshake.answerWithName(name)),
      'use the name': effect(({ handshake }, { name }) => handshake.useName(name)),
      'know the peer by its name': effect((effects, { name }) => effects.peerNamed(name)),
      'warn of another name': effect(({ handshake }, { had, got }) => handshake.warnOfAnotherName(had, got)),
      'drop the second name': effect(({ handshake }) => handshake.dropSecondName()),
      'drop the unexpected message': effect(({ handshake }) => handshake.dropUnexpected()),
    },
  }),
);

const heartbeat = assertProvided(
  heartbeatMachine.provide({
    actions: {
      'look whether something came': ({ self, system }) => {
        const { handle } = effectsOf(system);
        handle.guard(() =>
          self.send({ type: heartbeatOf(effectsOf(system)).wasHeard ? 'line.heard' : 'line.silent' }),
        );
      },
    },
    delays: {
      'rest of the silence': delay((effects) => heartbeatOf(effects).restOfSilenceMs()),
      'time to answer': delay((effects) => heartbeatOf(effects).answerTimeMs()),
    },
  }),
);

function heartbeatOf({ heartbeat }: SessionEffects): Heartbeat {
  if (heartbeat === null) throw new Error('this session has no heartbeat');
  return heartbeat;
}

const providedSessionMachine = assertProvided(
  sessionMachine.provide({
    actors: {
      connection,
      authentication,
      channelName,
      heartbeat,
      pendingRequests: pendingRequestsLogic((system) => effectsOf(system).asking),
    },
    actions: {
      'let nothing new begin': effect(({ underWay }) => underWay.drain()),
      'let nothing more be asked': effect(({ underWay }) => underWay.finish()),
      'let nothing pass': effect(({ gate }) => gate.let('nothing')),
      'refuse what asks': effect(({ gate }) => gate.let('refused')),
      'let only the whitelist pass': effect(({ gate }) => gate.let('whitelist')),
      'let everything pass': effect(({ gate }) => gate.let('everything')),
    },
  }),
);

/** An actor below that of the session. */
interface ChildRef<Snapshot = object> {
  readonly id: string;
  getSnapshot(): Snapshot & { readonly status: string };
}

/** Where the session stands. */
interface SessionSnapshot {
  readonly status: string;
  readonly value: unknown;
  readonly context: { readonly whyDisconnected: LinkReason; readonly whyRefused: AuthenticationReason };
  readonly children: {
    readonly connection?: ChildRef<{ value: unknown; context: { readonly opensLinks: boolean } }>;
    readonly authentication?: ChildRef<{ value: unknown }>;
    readonly pendingRequests?: ChildRef<{ context: object }> & { send(event: PendingRequestsEvent): void };
    readonly [id: string]: ChildRef | undefined;
  };
  matches(value: 'refused'): boolean;
}

/** The actor of a session. */
export interface SessionActor {
  readonly system: object;
  start(): void;
  send(event: SessionEvent): void;
  getSnapshot(): SessionSnapshot;
}

/** Makes the actor; `effects` hears what it announces, from its start on. */
export function makeSessionActor(
  settings: SessionSettings,
  effects: SessionEffects,
  endsWithItsLink: boolean,
): SessionActor {
  const { clock, inspect, channelName, secret, isAutoAuthOn } = settings;
  const { authenticationTimeoutMs, maxSeedRequests, seedLifetimeMs } = settings;
  const id = 'session';
  const input = {
    role: effects.journal.role,
    channelName,
    isSecretSet: secret !== null,
    isAutoAuthOn,
    authenticationTimeoutMs,
    maxSeedRequests,
    seedLifetimeMs,
    ...effects.link.wishes,
    endsWithItsLink,
    hasHeartbeat: effects.heartbeat !== null,
  };
  if (inspect === undefined) return lightActor(providedSessionMachine, { id, input, clock, owner: effects });
  // with an inspector, XState itself runs the machines
  const inspectors = [movesTo(effects), guarded(inspect)];
  const actor = createActor(providedSessionMachine, {
    id,
    input,
    clock,
    inspect: (event) => {
      for (const each of inspectors) each(event);
    },
  });
  effectsBySystem.set(actor.system, effects);
  actor.on('*', (announcement) => effects.announced(announcement));
  actor.subscribe({ next: () => effects.stepped(), error: (error) => effects.crashed(error) });
  return actor;
}

/**
 * Lets go of a session that is over, whose actors act no more. An entry of a weak map holds its value until the old generation
 * is collected, and with it all that a connection had, though it could be collected among the young.
 */
export function releaseSessionActor({ system }: SessionActor): void {
  effectsBySystem.delete(system);
}

/** Hears of the states of actors that XState runs, as the owner of light ones does. */
function movesTo(effects: SessionEffects): (event: InspectionEvent) => void {
  const states = new Map<string, string>();
  return (inspected) => {
    // a snapshot is shown after those who listen have heard of the step
    if (inspected.type !== '@xstate.microstep') return;
    const { id } = inspected.actorRef as AnyActorRef;
    const { value } = inspected.snapshot as { readonly value?: unknown };
    const state = JSON.stringify(value);
    const isFirst = inspected.event.type === 'xstate.init';
    const isSame = state === undefined || states.get(id) === state;
    if (state !== undefined) states.set(id, state);
    if (!isSame && !isFirst) effects.moved?.(id, value, inspected.event);
  };
}
