/**
 * Why something happened, as codes: one closed set, one English text for each.
 *
 * Machines, events, errors, counters, notes, recordings and the debugger carry the code. The text is for people; no part
 * of the program reads it. A code is part of the public interface, its text is not.
 */

/** Why there is no connection, or no connection any more. */
export const LINK_REASONS = Object.freeze({
  'never-connected': 'there has been no connection yet',
  'peer-closed': 'the peer closed the connection',
  'link-closed': 'the connection was closed',
  'connection-reset': 'the connection was reset',
  'network-error': 'the network failed',
  'connection-refused': 'nobody listens there',
  'name-not-found': 'the name does not resolve',
  'host-unreachable': 'there is no route to the host',
  'connect-timeout': 'connecting took too long (connectTimeout)',
  'connect-failed': 'the connection could not be opened',
  'connected-to-itself': 'the connection led back to this very port: nobody listens there',
  'cannot-listen': 'this side cannot listen',
  'handshake-missed': 'the peer did not finish the handshake in time (authenticationTimeout)',
  'key-refused': 'the peer refused the key',
  'reconnect-requested': 'a new connection was requested',
  'session-closed': 'the session was closed',
  'session-failed': 'the session failed',
  'frame-too-long':
    'the peer sent a frame over the limit (maxFrameLength; maxUntrustedFrameLength before trust)',
  'peer-speaks-tls': 'the peer speaks another protocol: TLS',
  'peer-speaks-http': 'the peer speaks another protocol: HTTP',
  'peer-speaks-ssh': 'the peer speaks another protocol: SSH',
  'too-many-bad-frames':
    'the peer sent too many bad frames (maxBadFrames; maxUntrustedBadFrames before trust)',
  'too-much-noise':
    'the peer sent too many bytes outside of frames (maxNoiseBytes; maxUntrustedNoiseBytes before trust)',
  'frame-timeout':
    'the peer began a frame and did not go on with it (frameTimeout; untrustedFrameTimeout before trust)',
  'slow-consumer': 'the peer did not read in time (slowConsumerTimeout)',
  'output-stalled': 'nothing that was sent got out for too long (stallTimeout)',
  'too-many-seed-requests': 'the peer asked for too many seeds (maxSeedRequests)',
  'too-many-wrong-keys': 'three wrong keys on one connection',
  'peer-silent':
    'the peer fell silent, and gave no sign of life when it was asked (heartbeat, TCP keep-alive)',
  'answer-overdue': 'a request that had timed out was still unanswered after lateAnswerGrace',
  'answer-not-sent': 'the transport did not take an answer',
  'too-many-untrusted':
    'too many peers had not authenticated, and this one was not about to (maxUntrustedConnections)',
  'too-many-untrusted-messages':
    'the peer, or all peers of its address, sent too many messages before trust (maxUntrustedMessages)',
  'too-many-guesses': 'too many wrong keys came from the address of the peer (backoff)',
  'handshake-timeout': 'the peer did not authenticate in time (handshakeTimeout)',
  'peer-name-mismatch': 'the peer claimed another name than the one that it is bound to (peerName)',
  'name-taken-over': 'a newer peer of the same name took its place (duplicateNames)',
  'name-taken': 'another peer has the name already (duplicateNames)',
  'name-flapping':
    'peers took the name from each other too often; the one that had it keeps it (duplicateNames)',
  'tls-certificate-invalid':
    'the certificate of the peer is not accepted: expired, for another name, or of an unknown authority (tls.ca)',
  'tls-certificate-refused':
    'the peer does not accept the certificate of this side, or wants one (tls.cert, tls.key)',
  'tls-psk-refused':
    'the pre-shared keys of the two sides do not fit (secret, tls.pskIdentity, tls.servername)',
  'tls-handshake-failed': 'the TLS handshake failed',
  'tls-handshake-timeout': 'the TLS handshake took too long (tls.handshakeTimeout)',
  'peer-speaks-no-tls': 'the peer does not speak TLS',
  'gateway-down': 'the gateway to which the peer is connected went away',
});

/** Why an authentication came to nothing. */
export const AUTHENTICATION_REASONS = Object.freeze({
  'wrong-secret': 'the key does not fit: the two sides have different secrets',
  'peer-has-no-secret': 'the peer does not authenticate: it has no secret',
  'no-answer': 'no answer came in time',
  'unusable-seed': 'the peer sent a seed that cannot be used',
  'key-without-seed': 'the peer sent a key without a seed',
  'too-many-wrong-keys': LINK_REASONS['too-many-wrong-keys'],
  'connection-lost': 'the connection was lost',
});

/** Why something that waited for the peer ran out of time. */
export const TIMEOUT_REASONS = Object.freeze({
  'no-answer': AUTHENTICATION_REASONS['no-answer'],
  'not-connected': 'there is no connection',
  'not-trusted': 'the connection is not trusted',
  'peer-does-not-read': 'the peer does not read',
  'behind-unanswered-request': 'an earlier request with these ids is still unanswered',
  'middleware-pending': 'a middleware was not finished with it',
});

/** How a middleware was used in a way that leaves a request without a clear answer. */
export const MIDDLEWARE_REASONS = Object.freeze({
  'next-called-twice':
    'a middleware called next() again, though the first call was under way or had an answer',
  'next-never-called': 'a middleware gave no answer, and did not call next() for one either',
  'next-called-too-late': 'a middleware called next() when the request was over',
  'answer-missing':
    'a middleware returned something that is no answer (return what next() gave, or { status, data })',
});

/** Why a server cannot listen. */
export const LISTEN_REASONS = Object.freeze({
  'address-in-use': 'the address is in use',
  'address-not-available': 'this machine has no such address',
  'permission-denied': 'permission denied',
  'not-a-socket': 'there is something else at the path, and it is no socket',
  'listen-failed': 'the system refused',
});

/** Why a call is refused on the spot. */
export const REFUSAL_REASONS = Object.freeze({
  'invalid-option': 'an option has a value that cannot be used',
  'unknown-option': 'there is no such option',
  'service-id-taken': 'the service id is taken',
  'too-many-pending': 'too many pending requests (maxPendingRequests)',
  'too-many-queued-bytes': 'too many bytes wait to be sent (maxQueuedBytes)',
  'no-such-peer': 'no peer of this name is connected, and trusted where a secret is set',
});

/** Why data was refused by the schema of a contract. */
export const VALIDATION_REASONS = Object.freeze({
  'invalid-input': 'the data of the request does not fit the contract',
  'invalid-output': 'the data of the answer does not fit the contract',
  'schema-failed': 'the schema threw, rejected, or gave no verdict that can be read',
  'schema-timeout': 'the schema gave no verdict in time',
});

/** Why a message bus did not carry a message, or brought no answer. */
export const BUS_REASONS = Object.freeze({
  'bus-away': 'the connection to the message bus is lost for now',
  'bus-closed': 'this side has closed the message bus',
  'bus-timeout': 'no answer came over the message bus in time',
  'bus-no-responders': 'nobody has subscribed to the subject',
  'bus-too-large': 'the message is longer than the message bus allows (maxPayload)',
  'bus-bad-subject': 'the subject, or a name that would be part of it, cannot be used',
  'bus-bad-message': 'what came is not in the form that was agreed upon',
  'bus-refused': 'the message bus cannot be reached, or refuses this side',
  'bus-unauthorized': 'a server of the message bus does not take the credentials of this side',
  'bus-failure': 'the receiver of the request reported that it failed',
});

/** Why the lease of a shared device could not be had, or is over. */
export const LEASE_REASONS = Object.freeze({
  'lease-not-acquired': 'others had the device for as long as this side would wait (wait)',
  'lease-over': 'it is over: it has expired, was released, or its connection has ended',
  'lease-refused': 'this client may not have it, or too many wait for it already',
  'no-lease-service': 'the peer knows no leases: it is no share, or its service ids are others',
});

/** Why a server turned a peer away, or disconnected one that had not authenticated, or whose name it may not have. */
export const PEER_REFUSALS = Object.freeze({
  'too-many-connections': 'there are as many connections as there may be (maxConnections)',
  'too-many-handshakes':
    'all places for peers that have not authenticated are taken by handshakes under way (maxUntrustedConnections)',
  'out-of-file-descriptors': 'the process has no file descriptors left (ulimit -n)',
  'too-many-untrusted': LINK_REASONS['too-many-untrusted'],
  'too-many-untrusted-messages': LINK_REASONS['too-many-untrusted-messages'],
  'too-many-guesses': LINK_REASONS['too-many-guesses'],
  'handshake-timeout': LINK_REASONS['handshake-timeout'],
  'too-many-connections-of-address':
    'there are as many connections from the address as there may be (maxConnectionsPerAddress)',
  'peer-name-mismatch': LINK_REASONS['peer-name-mismatch'],
  'name-taken-over': LINK_REASONS['name-taken-over'],
  'name-taken': LINK_REASONS['name-taken'],
  'name-flapping': LINK_REASONS['name-flapping'],
  'tls-certificate-invalid': LINK_REASONS['tls-certificate-invalid'],
  'tls-certificate-refused': LINK_REASONS['tls-certificate-refused'],
  'tls-psk-refused': LINK_REASONS['tls-psk-refused'],
  'tls-handshake-failed': LINK_REASONS['tls-handshake-failed'],
  'tls-handshake-timeout': LINK_REASONS['tls-handshake-timeout'],
  'peer-speaks-no-tls': LINK_REASONS['peer-speaks-no-tls'],
  'peer-name-failed': 'the function peerName threw, or gave no name that can be used',
  'proxy-header-invalid':
    'the connection of a proxy does not begin with a PROXY protocol header of version 2',
  'proxy-header-timeout': 'the PROXY protocol header of a proxy took too long',
  'server-closing': 'the server is closing',
});

/** What a status other than okay says, by its name; `other-status` for one that a user added. */
export const STATUS_REASONS = Object.freeze({
  'request-buffered': 'no callback for the request, it was buffered',
  'callback-error': 'callback error',
  'authentication-required': 'authentification required',
  'service-or-data-unknown': 'service or data unknown',
  'checksum-error': 'checksum error',
  'operation-not-permitted': 'operation not permitted',
  'other-status': 'a status of the application',
});

/** Why bytes of a stream are no frame (protocol.md section 1). */
export const FRAMING_DROPS = Object.freeze({
  noise: 'bytes outside of frames',
  restarted: 'a frame began inside a frame',
  'broken-escape': 'a colon inside a frame was not escaped',
  'too-long': 'a frame over the limit',
  unfinished: 'a frame without an end',
  'wrong-protocol': 'the stream is of another protocol',
});

/** Why a frame is no message (protocol.md section 2). */
export const DECODING_DROPS = Object.freeze({
  short: 'too short for a message',
  checksum: 'the checksum is wrong',
  encoding: 'not UTF-8',
  json: 'not JSON',
  number: 'a number with too many digits',
  depth: 'nested too deeply',
  shape: 'not a message',
});

/** Why a message, an answer or a result was dropped (protocol.md sections 4 and 5). */
export const MESSAGE_DROPS = Object.freeze({
  untrusted: 'not on the whitelist, and the peer is not trusted',
  unexpected:
    'a message that the state does not expect: of the authentication, a channel name, or any after the end of the stream',
  'second-name': 'a second name on one connection',
  'late-answer': 'the answer to a request that nobody waits for any more',
  overflow: 'the oldest message of a full receive buffer',
  'slow-iterator': 'the oldest of what an iterator keeps for a loop that does not keep up (limit)',
  stale: 'left in the receive buffer by the last connection',
  expired: 'in the receive buffer for too long (maxBufferedAge)',
  unsolicited: 'nobody waits for it, and bufferUnhandled is off',
  'late-result': 'the result of a callback whose time was over (callbackTimeout)',
  'too-many-waiting':
    'a request that was refused because too many wait for their callbacks (maxWaitingCallbacks, maxWaitingCallbackBytes)',
  draining: 'a request that came while the session drained',
  'link-lost': 'an answer or a request whose connection is gone',
  'not-sent': 'the transport did not take it',
  'too-many-pending': REFUSAL_REASONS['too-many-pending'],
  'too-many-queued-bytes': REFUSAL_REASONS['too-many-queued-bytes'],
});

/** What a session notes in its log, besides messages and drops. */
export const NOTES = Object.freeze({
  connected: 'Connection established...',
  disconnected: 'connection lost',
  'connect-failed': 'connecting failed',
  'breaking-connection': 'breaking the connection',
  trusted: 'authentification successful: the connection is trusted',
  'authentication-failed': 'authentification failed',
  'authentication-impossible': 'no authentification',
  'callback-failed': 'callback error',
  'session-failed': LINK_REASONS['session-failed'],
  'message-not-sent': 'not sent',
  'cut-at-the-end': 'the end of the session cut something short',
  'name-overwritten': 'overwriting the channel name',
});

/** Why there is no connection. */
export type LinkReason = keyof typeof LINK_REASONS;
/** Why an authentication came to nothing. */
export type AuthenticationReason = keyof typeof AUTHENTICATION_REASONS;
/** Why something ran out of time. */
export type TimeoutReason = keyof typeof TIMEOUT_REASONS;
/** Why a server cannot listen. */
export type ListenReason = keyof typeof LISTEN_REASONS;
/** Why a call is refused on the spot. */
export type RefusalReason = keyof typeof REFUSAL_REASONS;
/** Why data was refused by the schema of a contract. */
export type ValidationReason = keyof typeof VALIDATION_REASONS;
/** Why a message bus failed. */
export type BusReason = keyof typeof BUS_REASONS;
/** Why there is no lease. */
export type LeaseReason = keyof typeof LEASE_REASONS;
/** Why a server turned a peer away. */
export type PeerRefusalReason = keyof typeof PEER_REFUSALS;
/** How a middleware was misused. */
export type MiddlewareReason = keyof typeof MIDDLEWARE_REASONS;
/** What a status other than okay says. */
export type StatusReason = keyof typeof STATUS_REASONS;
/** Why bytes of a stream are no frame. */
export type FramingDropReason = keyof typeof FRAMING_DROPS;
/** Why a frame is no message. */
export type DecodingDropReason = keyof typeof DECODING_DROPS;
/** Why something was dropped: bytes, a frame, a message, an answer or a result. */
export type DropReason = FramingDropReason | DecodingDropReason | keyof typeof MESSAGE_DROPS;
/** What a session notes in its log. */
export type NoteCode = keyof typeof NOTES;

/** Every reason that an error can have. */
export type Reason =
  | LinkReason
  | AuthenticationReason
  | TimeoutReason
  | ListenReason
  | RefusalReason
  | ValidationReason
  | StatusReason
  | MiddlewareReason
  | BusReason
  | LeaseReason;

/** Every reason with its text, drops included. */
export const REASONS: Readonly<Record<Reason | PeerRefusalReason | DropReason, string>> = Object.freeze({
  ...LINK_REASONS,
  ...AUTHENTICATION_REASONS,
  ...TIMEOUT_REASONS,
  ...LISTEN_REASONS,
  ...REFUSAL_REASONS,
  ...VALIDATION_REASONS,
  ...MIDDLEWARE_REASONS,
  ...BUS_REASONS,
  ...LEASE_REASONS,
  ...PEER_REFUSALS,
  ...STATUS_REASONS,
  ...FRAMING_DROPS,
  ...DECODING_DROPS,
  ...MESSAGE_DROPS,
});

/**
 * A reason in English, for people.
 *
 * @param reason a code
 *
 * @example
 * ```ts
 * import { connect, textOfReason } from 'socket-protocol';
 *
 * const session = await connect({ port: 17017 });
 * session.on('disconnected', (reason) => console.log(reason, textOfReason(reason)));
 * ```
 */
export function textOfReason(reason: Reason | PeerRefusalReason | DropReason): string {
  return REASONS[reason];
}

/**
 * Whether a text is the code of a reason for having no connection.
 *
 * @param text what a transport of the user's own gave as a reason, for example
 */
export function isLinkReason(text: unknown): text is LinkReason {
  return typeof text === 'string' && Object.hasOwn(LINK_REASONS, text);
}
