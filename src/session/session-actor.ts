/** Makes the actor of a session: the session machine with the four below it. */

import { type Actor, createActor, type InspectionEvent } from 'xstate';
import type { Role } from '../protocol/role.js';
import type { LinkControl } from './link-control.js';
import type { Inspector, SessionSettings } from './options.js';
import { bindEffects, providedSessionMachine, type SessionEffects } from './provided-machines.js';

/** What a session actor is made with. */
export interface SessionActorHost extends SessionEffects {
  readonly role: Role;
  readonly link: LinkControl;
  readonly endsWithItsLink: boolean;
  /** The session machine has taken a step. */
  stepped(): void;
  /** The session machine, or one below it, threw. */
  crashed(error: unknown): void;
}

/** A started actor. What it throws while it starts goes to `crashed`, as later. */
export function makeSessionActor(
  settings: SessionSettings,
  host: SessionActorHost,
): Actor<typeof providedSessionMachine> {
  const { clock, inspect, channelName, secret, isAutoAuthOn } = settings;
  const { authenticationTimeoutMs, maxSeedRequests, seedLifetimeMs } = settings;
  const actor = createActor(providedSessionMachine, {
    id: 'session',
    clock,
    ...(inspect === undefined ? {} : { inspect: guarded(inspect) }),
    input: {
      role: host.role,
      channelName,
      isSecretSet: secret !== null,
      isAutoAuthOn,
      authenticationTimeoutMs,
      maxSeedRequests,
      seedLifetimeMs,
      ...host.link.wishes,
      endsWithItsLink: host.endsWithItsLink,
    },
  });
  bindEffects(actor, host);
  actor.subscribe({ next: () => host.stepped(), error: (error) => host.crashed(error) });
  return actor.start();
}

/** An inspector that throws must not take the actor with it: it is told no more. */
function guarded(inspector: Inspector): (event: InspectionEvent) => void {
  let isBroken = false;
  return (event) => {
    if (isBroken) return;
    try {
      if (typeof inspector === 'function') inspector(event);
      else inspector.next(event);
    } catch (error) {
      isBroken = true;
      process.emitWarning(
        `the inspector threw and is told no more: ${error instanceof Error ? error.message : 'no Error'}`,
        'SocketProtocolWarning',
      );
    }
  };
}
