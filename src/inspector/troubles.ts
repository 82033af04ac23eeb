/**
 * What kinds of trouble a detector finds, as codes: one closed set. Programs read the code; what to say about it and what
 * to do is the page's, which has a story for each.
 */

/** The codes, each with one line for people. */
export const TROUBLES = Object.freeze({
  'wrong-secret': 'the two sides have different secrets',
  'server-without-secret': 'the client authenticates, and the server has no secret',
  'client-without-secret': 'the server wants an authentication, and the client does not begin one',
  'authentication-failed': 'the authentication came to nothing',
  'authentication-impossible': 'this side cannot authenticate now',
  'request-timed-out': 'a request timed out',
  unanswered: 'a request has no answer',
  'never-answered': 'the peer has never sent anything',
  'message-not-sent': 'a message was not sent',
  'bad-status': 'an answer has another status than okay',
  'link-lost': 'the connection was lost',
  'reset-again': 'the connection is reset again and again',
  'hangs-up-again': 'the peer hangs up again and again',
  'half-open': 'the peer fell silent: the connection is half open',
  'peer-does-not-read': 'the peer does not read',
  'limit-exceeded': 'the peer exceeded a limit and was disconnected',
  'connect-failed': 'the connection could not be opened',
  'other-protocol': 'the peer speaks another protocol',
  'peer-refused': 'a server refused a peer before it had a session',
  'codec-mismatch': 'the two sides use different codecs',
  'bad-frames': 'frames cannot be read',
  noise: 'there are bytes on the line that are no frames',
  'too-early': 'a message came before the peer was trusted',
  dropped: 'a message was dropped',
  'callback-failed': 'a callback failed',
  'name-overwritten': 'the two sides have different channel names',
  'session-failed': 'the session closed itself after an error',
  'cut-at-the-end': 'the end of the session cut something short',
  'recorded-failure': 'what a recording is about',
});

/** A kind of trouble. */
export type TroubleCode = keyof typeof TROUBLES;

/** The codes of all kinds of trouble. */
export const TROUBLE_CODES = Object.keys(TROUBLES) as readonly TroubleCode[];
