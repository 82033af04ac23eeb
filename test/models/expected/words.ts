import { NOTES } from '../../../src/protocol/reasons.js';

/** The reasons that a session gives for what happens. */
export const WORDS = {
  // of a link
  cut: 'network-error',
  newLinkAsked: 'reconnect-requested',
  closed: 'session-closed',
  peerClosed: 'peer-closed',
  connectTimeout: 'connect-timeout',
  frameTooLong: 'frame-too-long',
  tooManySeedRequests: 'too-many-seed-requests',
  peerSilent: 'peer-silent',
  answerOverdue: 'answer-overdue',
  answerNotSent: 'answer-not-sent',
  handshakeMissed: 'handshake-missed',
  keyRefused: 'key-refused',

  // of a name
  nameOverwritten: NOTES['name-overwritten'],

  // of an authentication that failed
  keyWithoutSeed: 'key-without-seed',
  wrongSecret: 'wrong-secret',
  tooManyWrongKeys: 'too-many-wrong-keys',
  unusableSeed: 'unusable-seed',
  peerHasNoSecret: 'peer-has-no-secret',
  noAnswer: 'no-answer',
  connectionLost: 'connection-lost',
} as const;
