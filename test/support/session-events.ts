import type { SessionEvents } from '../../src/index.js';

/** Every event that a session announces to its user. */
export const SESSION_EVENTS: readonly (keyof SessionEvents)[] = [
  'connected',
  'disconnected',
  'connectFailed',
  'abandoned',
  'trusted',
  'untrusted',
  'authenticationFailed',
  'channelName',
  'peerNamed',
  'message',
  'dropped',
  'failure',
  'closed',
];
