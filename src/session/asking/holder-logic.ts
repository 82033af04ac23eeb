import type { PendingRequestsLogic } from '../../../machines/index.js';
import { type PendingEffects, PendingRequests } from './pending-requests.js';

/**
 * Makes the logic of the actor that holds the pending requests.
 *
 * @param effectsOf finds the session of an actor system
 */
export function pendingRequestsLogic(effectsOf: (system: object) => PendingEffects): PendingRequestsLogic {
  return {
    getInitialSnapshot: ({ self }) => ({
      status: 'active',
      output: undefined,
      error: undefined,
      context: new PendingRequests(effectsOf, self),
    }),
    transition: (snapshot, event) => {
      const { context } = snapshot;
      // XState itself says when it stops the actor, and when one below it has ended
      if (context instanceof PendingRequests && !event.type.startsWith('xstate.')) context.handle(event);
      return snapshot;
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}
