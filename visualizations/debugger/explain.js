/**
 * Why something was refused, in words for somebody who has never read the protocol.
 *
 * @typedef {import('./model.js').Entry} Entry
 * @typedef {{ title: string, why: string, next: string }} Explanation
 */

const SAME_SECRET =
  'Compare the secrets of both programs, byte by byte: --secret-file or SOCKET_PROTOCOL_SECRET of the command line, the option secret of the library, the secret in Python. A blank or a second line break at the end counts.';

/** @type {Readonly<Record<number, Explanation>>} */
const STATUSES = {
  1: {
    title: 'Nobody handles this request yet',
    why: 'The peer has no callback for this service and data id. It has kept the request for a program that asks for it with receive.',
    next: 'Register a callback for it at the peer, or correct the ids.',
  },
  2: {
    title: 'The callback of the peer failed',
    why: 'The peer has a callback for this request, and it threw, took too long, or returned what cannot be sent.',
    next: "Look at the peer's log: it says what was thrown.",
  },
  3: {
    title: 'The peer wants an authentication first',
    why: 'The peer has a secret, and this connection is not trusted (yet): whatever is not on its whitelist is refused.',
    next: 'Give this side the secret and let it authenticate before it asks, or see above why its authentication failed.',
  },
  4: {
    title: 'The peer does not know this service or data id',
    why: 'No callback and no data is registered there for these ids.',
    next: 'Compare the ids with those that the peer registers.',
  },
  5: {
    title: 'The peer got a damaged request',
    why: 'The checksum did not fit the bytes that arrived.',
    next: 'Look for trouble on the line, or for two sides that speak different codecs.',
  },
  6: {
    title: 'The peer does not permit this',
    why: 'Its program knows the request and refuses it.',
    next: "Ask whoever wrote the peer's program; the protocol itself has nothing against it.",
  },
};

const OTHER_CODEC =
  'If every frame looks like this, the two sides speak different codecs: try --struct (struct_json, old peers).';
const NO_FRAME = 'Frames begin with the bytes :< and end with :>. Outside of them nothing means anything.';

/** @type {Readonly<Record<string, Explanation>>} */
const DROPS = {
  noise: {
    title: 'Bytes that are no frame',
    why: NO_FRAME,
    next: 'Look for a peer that speaks another protocol, prints to the same line, or began in the middle of a frame.',
  },
  restarted: {
    title: 'A frame began inside a frame',
    why: `${NO_FRAME} The end of the first one got lost.`,
    next: 'Look for a peer that was restarted, or two programs that write to one connection.',
  },
  'broken-escape': {
    title: 'A broken frame',
    why: 'Inside a frame a colon is written as :=, and here another byte followed it.',
    next: 'Look for trouble on the line, or a peer that does not escape colons.',
  },
  'too-long': {
    title: 'A frame that is too long',
    why: 'It grew over the limit. Before trust that is 4 KiB, so that a stranger cannot fill the memory.',
    next: 'Authenticate first, or raise maxFrameLength (maxUntrustedFrameLength before trust).',
  },
  unfinished: {
    title: 'A frame without an end',
    why: 'The connection ended, or was reset, in the middle of it.',
    next: 'Look at what ended the connection.',
  },
  'wrong-protocol': {
    title: 'The peer speaks another protocol',
    why: 'The stream begins as one of another protocol does.',
    next: 'Check host and port.',
  },
  short: {
    title: 'A frame that is too short',
    why: 'It has no room for a message and its checksum.',
    next: OTHER_CODEC,
  },
  checksum: {
    title: 'A wrong checksum',
    why: 'The bytes that arrived are not those that the checksum at their end was made for, so nothing in them is believed.',
    next: OTHER_CODEC,
  },
  encoding: { title: 'Text that is no UTF-8', why: 'The text of a message is UTF-8.', next: OTHER_CODEC },
  json: {
    title: 'Text that is no JSON',
    why: 'The checksum is right: the peer has sent it so.',
    next: 'Look at how the peer makes its messages.',
  },
  number: {
    title: 'A number that cannot be kept',
    why: 'It has more digits than is read, or is none.',
    next: 'Look at how the peer makes its messages.',
  },
  depth: {
    title: 'Data that is nested too deep',
    why: 'Before trust only flat data is read.',
    next: 'Authenticate first, or raise maxUntrustedDepth.',
  },
  shape: {
    title: 'JSON that is no message',
    why: 'A message has service_id, data_id, status and data.',
    next: 'Look at how the peer makes its messages.',
  },
  untrusted: {
    title: 'Too early: the peer is not trusted yet',
    why: 'This side has a secret, the connection is not trusted, and the message is not on the whitelist.',
    next: 'Let the client authenticate before it asks; see above where its authentication failed.',
  },
  unexpected: {
    title: 'Nobody expected this now',
    why: 'It belongs to an authentication or to the exchange of names, and the state machine is in a state that does not wait for it.',
    next: 'Choose the actor and look at its state at this moment.',
  },
  'second-name': {
    title: 'A second name',
    why: 'A peer names itself once on a connection.',
    next: 'Nothing, unless two programs use one connection.',
  },
  'late-answer': {
    title: 'An answer that came too late',
    why: 'The request that it answers had timed out. It is dropped so that the next request with the same ids does not take it for its own answer.',
    next: 'Give the request more time (timeout), or find out why the peer is slow.',
  },
  overflow: {
    title: 'The receive buffer is full',
    why: 'Messages that no callback takes are kept for receive, and the oldest made room for a new one.',
    next: 'Register a callback for them, call receive, or set bufferUnhandled: false.',
  },
  stale: {
    title: 'Left over from the last connection',
    why: 'What is in the receive buffer when a connection ends is not for the next one.',
    next: 'Nothing.',
  },
  expired: {
    title: 'Nobody took it',
    why: 'It waited in the receive buffer for 30 seconds (maxBufferedAge).',
    next: 'Register a callback for it, or call receive.',
  },
  unsolicited: {
    title: 'Nobody waits for it',
    why: 'It is no answer to a request, no callback takes it, and bufferUnhandled is off.',
    next: 'Register a callback for it.',
  },
  'late-result': {
    title: 'A callback answered too late',
    why: 'Its request had been answered with "callback error" when its time was over (callbackTimeout).',
    next: 'Make the callback faster, or give it more time.',
  },
  'link-lost': {
    title: 'The connection was gone',
    why: 'The answer was ready, and there was nobody left to send it to.',
    next: 'Look at what ended the connection.',
  },
  'not-sent': {
    title: 'The transport did not take it',
    why: 'An answer could not be handed to the connection, so the connection was reset: its peer would take the next answer for this one.',
    next: 'Look at the transport.',
  },
};

/** Lines of a session's log, and what is behind them. @type {readonly [RegExp, Explanation][]} */
const NOTES = [
  [
    /the peer did not accept the key|the peer sent a wrong key|three wrong keys/,
    {
      title: 'The two sides do not have the same secret',
      why: 'The server sent a random seed. The client made a key from the seed and its secret and sent it; the server made the key from the seed and its own secret, and the two keys differ.',
      next: SAME_SECRET,
    },
  ],
  [
    /the peer does not authenticate/,
    {
      title: 'The server has no secret',
      why: 'It refused to send a seed, for it has no secret to compare with: it trusts everybody, or was started without one.',
      next: 'Start the server with the secret, or this side without.',
    },
  ],
  [
    /no usable seed|no seed in time|no verdict on the key in time/,
    {
      title: 'The authentication came to no end',
      why: 'The server answers a request for a seed with 64 hex digits, and a key with true or false. That did not come, or did not come in time.',
      next: 'Look at what the server sent instead, and whether it is busy; raise authenticationTimeout for slow links.',
    },
  ],
  [
    /a key without a seed/,
    {
      title: 'A key without a seed',
      why: 'A key proves something for one seed only, and no seed was out (it expires after 10 seconds).',
      next: 'Let the client ask for a seed first.',
    },
  ],
  [
    /ECONNREFUSED/,
    {
      title: 'Nobody listens there',
      why: 'The other machine answered that no program has this port.',
      next: 'Check host and port, and that the server runs.',
    },
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timed out|time-out/i,
    {
      title: 'No answer',
      why: 'Nothing came back in time.',
      next: 'Check host and port, and whether a firewall is between the two.',
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    { title: 'No such host', why: 'The name has no address.', next: 'Check the name.' },
  ],
  [
    /ECONNRESET|EPIPE|closed the connection/,
    {
      title: 'The other side has hung up',
      why: 'It closed the connection, or its program ended.',
      next: "Look at the other side's log at this moment.",
    },
  ],
  [
    /callback error/,
    {
      title: 'A callback failed',
      why: 'A callback of this program threw; the peer was told "callback error".',
      next: 'The line says what was thrown.',
    },
  ],
];

/** The answer to a key. */
const AUTHENTICATION_RESPONSE = 1;

/**
 * @param {Entry} entry
 * @returns {Explanation | null} null for what is no trouble, or has no story
 */
export function explain(entry) {
  if (!('isTrouble' in entry) || !entry.isTrouble) return null;
  switch (entry.kind) {
    case 'message':
      return explainMessage(entry);
    case 'drop':
      return entry.readableAs === null ? (DROPS[entry.reason] ?? null) : otherCodec(entry);
    case 'note':
      return NOTES.find(([fits]) => fits.test(entry.text))?.[1] ?? null;
    default:
      return null;
  }
}

/** @param {Extract<Entry, { kind: 'drop' }>} entry @returns {Explanation} */
function otherCodec({ codec, readableAs }) {
  return {
    title: 'The two sides speak different codecs',
    why: `The frame is no message of ${codec}, which this side speaks, and a right one of ${readableAs}.`,
    next: 'Give both sides the same codec: --struct on the command line and codec: structJson in the library for struct_json (old peers), nothing for pure_json.',
  };
}

/** @param {Extract<Entry, { kind: 'message' }>} entry @returns {Explanation | null} */
function explainMessage({ serviceId, status, data }) {
  if (serviceId !== AUTHENTICATION_RESPONSE) return STATUSES[status] ?? null;
  if (status === 0 && data === false) {
    return {
      title: 'The server says: the key is wrong',
      why: 'The two sides do not have the same secret. The server sent a random seed; the client made a key from the seed and its secret; the server made the key from the seed and its own secret, and the two keys differ.',
      next: SAME_SECRET,
    };
  }
  if (status === 4) {
    return {
      title: 'The server has no secret',
      why: 'It was asked for a seed and refused: it has no secret to compare with.',
      next: 'Start the server with the secret, or the client without.',
    };
  }
  return STATUSES[status] ?? null;
}
