/** The reasons that a session gives for what happens, in one place: the words may change, the behaviour may not. */
export const WORDS = {
  // of a link
  cut: 'the cable was cut',
  newLinkAsked: 'a new connection was asked for',
  closed: 'the session was closed',
  connectTimeout: 'connecting took too long',
  frameTooLong: (maxFrameLength: number): string =>
    `the peer sent a frame of more than ${maxFrameLength} bytes`,
  tooManySeedRequests: 'the peer asked for too many seeds',
  tooManyWrongKeys: 'the peer sent three wrong keys',
  answerOverdue: (graceMs: number): string => `a request had no answer for ${graceMs} ms after its time-out`,

  // of a name
  nameOverwritten: 'overwriting the channel name',

  // of an authentication that failed
  keyWithoutSeed: 'the peer sent a key without a seed',
  wrongKey: 'the peer sent a wrong key',
  noUsableSeed: 'the peer sent no usable seed',
  noAuthentication: 'the peer does not authenticate',
  noSeedInTime: 'the peer sent no seed in time',
  noVerdictInTime: 'the peer sent no verdict on the key in time',
  keyNotAccepted: 'the peer did not accept the key',
  connectionLost: 'the connection was lost',
} as const;
