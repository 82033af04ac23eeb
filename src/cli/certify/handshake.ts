/** Our side of an authentication on a bare connection: the machine decides, as it does in a session. */

import { createActor } from 'xstate';
import { authenticationMachine } from '../../../machines/index.js';
import type { Clock } from '../../base/clock.js';
import { DID_AUTH_KEY, DID_AUTH_SEED, SID_AUTH_REQUEST, SID_AUTH_RESPONSE } from '../../protocol/ids.js';
import { Message } from '../../protocol/message.js';
import type { AuthenticationReason } from '../../protocol/reasons.js';
import { Authenticator } from '../../session/handshake/authenticator.js';
import { authenticationEventOf, isAuthentication } from '../../session/handshake/peer-events.js';

/** Where a handshake takes place. */
export interface HandshakePlace {
  readonly clock: Clock;
  readonly timeoutMs: number;
  send(message: Message<unknown>): void;
}

const nothing = (): void => {};

/** A handshake under way. */
export interface RunningHandshake {
  /** Takes what the peer sends. */
  heard(message: Message): void;
  /** The connection is gone. */
  lost(): void;
  /** Null once the peer trusts us, or why it does not. */
  readonly outcome: Promise<AuthenticationReason | null>;
}

/**
 * Begins to prove that we hold the secret.
 *
 * @param secret the shared secret
 */
export function startHandshake(secret: Buffer, place: HandshakePlace): RunningHandshake {
  const authenticator = new Authenticator({ secret });
  let settle: (reason: AuthenticationReason | null) => void = nothing;
  const outcome = new Promise<AuthenticationReason | null>((resolve) => {
    settle = resolve;
  });
  const request = (dataId: number, data: string | null): void =>
    place.send(new Message({ serviceId: SID_AUTH_REQUEST, dataId, data }));
  const machine = authenticationMachine.provide({
    actions: {
      'send the seed request': () => request(DID_AUTH_SEED, null),
      'send the key': () => request(DID_AUTH_KEY, authenticator.makeKey()),
      'send a fresh seed': nothing,
      'answer that the key is right': nothing,
      'answer, after a penalty, that the key is wrong': nothing,
      'forget the seed': () => authenticator.forgetSeed(),
      'drop the unexpected message': nothing,
      'report trusted': () => settle(null),
      'report distrusted': nothing,
      'report failed': (_, { reason }) => settle(reason),
      'report a limit exceeded': nothing,
    },
  });
  const input = { role: 'client', maxSeedRequests: 1, seedLifetimeMs: place.timeoutMs } as const;
  const actor = createActor(machine, { input, clock: place.clock }).start();
  actor.send({ type: 'authentication.start', timeoutMs: place.timeoutMs });
  return {
    outcome: outcome.finally(() => actor.stop()),
    heard: (message) => {
      if (!isAuthentication(message) || message.serviceId !== SID_AUTH_RESPONSE) return;
      actor.send(authenticationEventOf(message, (data) => authenticator.takeSeed(data)));
    },
    lost: () => actor.send({ type: 'link.closed' }),
  };
}
