/** The pictures of the machines: which actor has which, and the machines of a session by the names of theirs. */

import type { AnyStateMachine } from 'xstate';
import {
  authenticationMachine,
  channelNameMachine,
  connectionMachine,
  drainMachine,
  heartbeatMachine,
  nameClaimMachine,
  pendingRequestMachine,
  sessionMachine,
  watchMachine,
} from '../../machines/index.js';

/** The machines of a session and of its server, which the library has anyway, by the names of their pictures. */
export const SESSION_MACHINES: Readonly<Record<string, AnyStateMachine>> = {
  session: sessionMachine,
  connection: connectionMachine,
  authentication: authenticationMachine,
  'channel-name': channelNameMachine,
  heartbeat: heartbeatMachine,
  'pending-request': pendingRequestMachine,
  drain: drainMachine,
  watch: watchMachine,
  'name-claim': nameClaimMachine,
};

const CHARTS: Readonly<Record<string, string>> = {
  session: 'session',
  connection: 'connection',
  authentication: 'authentication',
  channelName: 'channel-name',
  heartbeat: 'heartbeat',
  pendingRequests: 'pending-request',
  drain: 'drain',
  watch: 'watch',
  nameClaim: 'name-claim',
  devicePresence: 'device-presence',
  busLink: 'bus-link',
  lease: 'lease',
  sharedDevice: 'shared-device',
};

/**
 * The picture of an actor.
 *
 * @param actor its id; `client authentication` is an authentication
 * @param parent the id of the actor above it; those below the holder of the pending requests are requests
 * @returns the name of the picture; null if there is none
 */
export function chartOf(actor: string, parent: string | null): string | null {
  if (parent === 'pendingRequests') return 'pending-request';
  return CHARTS[actor.split(' ').at(-1) ?? ''] ?? null;
}
