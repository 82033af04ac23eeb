/**
 * The machines with their effects provided: once per process, for a machine that is provided anew costs as much as a
 * new machine. Which session an effect belongs to is known by the actor system it runs in.
 */

import type { AnyActorRef } from 'xstate';
import {
  authenticationMachine,
  channelNameMachine,
  connectionMachine,
  sessionMachine,
} from '../../machines/index.js';
import { type PendingEffects, pendingRequestsLogic } from './pending-requests.js';

/** What the connection lets happen. */
export interface LinkEffects {
  open(): void;
  break(reason: string): void;
  close(): void;
  connectTimeoutMs(): number;
  reconnectDelayMs(failedAttempts: number): number;
}

/** What the authentication and the exchange of names let happen. */
export interface HandshakeEffects {
  sendSeedRequest(): void;
  sendFreshSeed(): void;
  sendKey(): void;
  answerKey(isRight: boolean): void;
  forgetSeed(): void;
  resetConnection(reason: string): void;
  dropUnexpected(): void;
  askForName(name: string | null): void;
  answerWithName(name: string | null): void;
  useName(name: string): void;
  warnOfAnotherName(had: string | null, got: string): void;
  dropSecondName(): void;
}

/** What may pass, by order of the session machine. */
export type Gate = 'nothing' | 'whitelist' | 'everything';

/** What the session lets happen. */
export interface Announcements {
  let(gate: Gate): void;
  connected(): void;
  disconnected(reason: string): void;
  attemptFailed(reason: string): void;
  abandoned(reason: string): void;
  trusted(): void;
  untrusted(): void;
  authenticationFailed(reason: string): void;
  closed(): void;
}

/** Everything that the machines of one session let the world do. */
export interface SessionEffects {
  readonly link: LinkEffects;
  readonly handshake: HandshakeEffects;
  readonly announce: Announcements;
  readonly requests: PendingEffects;
}

const effectsBySystem = new WeakMap<object, SessionEffects>();

/**
 * Says whose effects the actors of a session have; to be called before the session actor starts.
 *
 * @param sessionActor an actor of {@link providedSessionMachine}
 * @param effects what its machines let happen
 */
export function bindEffects(sessionActor: AnyActorRef, effects: SessionEffects): void {
  effectsBySystem.set(sessionActor.system, effects);
}

function effectsOf(system: object): SessionEffects {
  const effects = effectsBySystem.get(system);
  if (effects === undefined) throw new Error('expected an actor system of a session, got another one');
  return effects;
}

const connection = connectionMachine.provide({
  actions: {
    'open a link': ({ system }) => effectsOf(system).link.open(),
    'break the link': ({ system }, { reason }) => effectsOf(system).link.break(reason),
    'close the transport': ({ system }) => effectsOf(system).link.close(),
  },
  delays: {
    'connect time-out': ({ system }) => effectsOf(system).link.connectTimeoutMs(),
    'reconnect delay': ({ context, system }) =>
      effectsOf(system).link.reconnectDelayMs(context.failedAttempts),
  },
});

const authentication = authenticationMachine.provide({
  actions: {
    'send the seed request': ({ system }) => effectsOf(system).handshake.sendSeedRequest(),
    'send a fresh seed': ({ system }) => effectsOf(system).handshake.sendFreshSeed(),
    'send the key': ({ system }) => effectsOf(system).handshake.sendKey(),
    'answer that the key is right': ({ system }) => effectsOf(system).handshake.answerKey(true),
    'answer that the key is wrong': ({ system }) => effectsOf(system).handshake.answerKey(false),
    'forget the seed': ({ system }) => effectsOf(system).handshake.forgetSeed(),
    'close the connection': ({ system }, { reason }) => effectsOf(system).handshake.resetConnection(reason),
    'drop the unexpected message': ({ system }) => effectsOf(system).handshake.dropUnexpected(),
  },
});

const channelName = channelNameMachine.provide({
  actions: {
    'ask for the name': ({ system }, { name }) => effectsOf(system).handshake.askForName(name),
    'answer with a name': ({ system }, { name }) => effectsOf(system).handshake.answerWithName(name),
    'use the name': ({ system }, { name }) => effectsOf(system).handshake.useName(name),
    'warn of another name': ({ system }, { had, got }) =>
      effectsOf(system).handshake.warnOfAnotherName(had, got),
    'drop the second name': ({ system }) => effectsOf(system).handshake.dropSecondName(),
    'drop the unexpected message': ({ system }) => effectsOf(system).handshake.dropUnexpected(),
  },
});

const pendingRequests: ReturnType<typeof pendingRequestsLogic> = pendingRequestsLogic(
  (system) => effectsOf(system).requests,
);

/** The session machine, ready to be run after {@link bindEffects}. */
export const providedSessionMachine = sessionMachine.provide({
  actors: { connection, authentication, channelName, pendingRequests: pendingRequests as never },
  actions: {
    'let nothing pass': ({ system }) => effectsOf(system).announce.let('nothing'),
    'let only the whitelist pass': ({ system }) => effectsOf(system).announce.let('whitelist'),
    'let everything pass': ({ system }) => effectsOf(system).announce.let('everything'),
    'announce connected': ({ system }) => effectsOf(system).announce.connected(),
    'announce disconnected': ({ system }, { reason }) => effectsOf(system).announce.disconnected(reason),
    'announce a failed attempt': ({ system }, { reason }) => effectsOf(system).announce.attemptFailed(reason),
    'announce abandoned': ({ system }, { reason }) => effectsOf(system).announce.abandoned(reason),
    'announce trusted': ({ system }) => effectsOf(system).announce.trusted(),
    'announce untrusted': ({ system }) => effectsOf(system).announce.untrusted(),
    'announce a failed authentication': ({ system }, { reason }) =>
      effectsOf(system).announce.authenticationFailed(reason),
    'announce closed': ({ system }) => effectsOf(system).announce.closed(),
  },
});
