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
import { type PendingEffects, pendingRequestsLogic } from './asking/pending-requests.js';

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
  /** An effect threw: the machine goes on, and its session must not. */
  failed(error: unknown): void;
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

/** An action that has an effect on the world; what it throws ends the session, not the actor in the middle of a step. */
function effect<P>(
  run: (effects: SessionEffects, params: P) => void,
): (args: { system: object }, params: P) => void {
  return ({ system }, params) => {
    const effects = effectsOf(system);
    try {
      run(effects, params);
    } catch (error) {
      effects.failed(error);
    }
  };
}

const connection = connectionMachine.provide({
  actions: {
    'open a link': effect((effects) => effects.link.open()),
    'break the link': effect((effects, { reason }) => effects.link.break(reason)),
    'close the transport': effect((effects) => effects.link.close()),
  },
  delays: {
    'connect time-out': ({ system }) => effectsOf(system).link.connectTimeoutMs(),
    'reconnect delay': ({ context, system }) =>
      effectsOf(system).link.reconnectDelayMs(context.failedAttempts),
  },
});

const authentication = authenticationMachine.provide({
  actions: {
    'send the seed request': effect((effects) => effects.handshake.sendSeedRequest()),
    'send a fresh seed': effect((effects) => effects.handshake.sendFreshSeed()),
    'send the key': effect((effects) => effects.handshake.sendKey()),
    'answer that the key is right': effect((effects) => effects.handshake.answerKey(true)),
    'answer that the key is wrong': effect((effects) => effects.handshake.answerKey(false)),
    'forget the seed': effect((effects) => effects.handshake.forgetSeed()),
    'close the connection': effect((effects, { reason }) => effects.handshake.resetConnection(reason)),
    'drop the unexpected message': effect((effects) => effects.handshake.dropUnexpected()),
  },
});

const channelName = channelNameMachine.provide({
  actions: {
    'ask for the name': effect((effects, { name }) => effects.handshake.askForName(name)),
    'answer with a name': effect((effects, { name }) => effects.handshake.answerWithName(name)),
    'use the name': effect((effects, { name }) => effects.handshake.useName(name)),
    'warn of another name': effect((effects, { had, got }) => effects.handshake.warnOfAnotherName(had, got)),
    'drop the second name': effect((effects) => effects.handshake.dropSecondName()),
    'drop the unexpected message': effect((effects) => effects.handshake.dropUnexpected()),
  },
});

const pendingRequests: ReturnType<typeof pendingRequestsLogic> = pendingRequestsLogic(
  (system) => effectsOf(system).requests,
);

/** The session machine, ready to be run after {@link bindEffects}. */
export const providedSessionMachine = sessionMachine.provide({
  actors: { connection, authentication, channelName, pendingRequests: pendingRequests as never },
  actions: {
    'let nothing pass': effect((effects) => effects.announce.let('nothing')),
    'let only the whitelist pass': effect((effects) => effects.announce.let('whitelist')),
    'let everything pass': effect((effects) => effects.announce.let('everything')),
    'announce connected': effect((effects) => effects.announce.connected()),
    'announce disconnected': effect((effects, { reason }) => effects.announce.disconnected(reason)),
    'announce a failed attempt': effect((effects, { reason }) => effects.announce.attemptFailed(reason)),
    'announce abandoned': effect((effects, { reason }) => effects.announce.abandoned(reason)),
    'announce trusted': effect((effects) => effects.announce.trusted()),
    'announce untrusted': effect((effects) => effects.announce.untrusted()),
    'announce a failed authentication': effect((effects, { reason }) =>
      effects.announce.authenticationFailed(reason),
    ),
    'announce closed': effect((effects) => effects.announce.closed()),
  },
});
