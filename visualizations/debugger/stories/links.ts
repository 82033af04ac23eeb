/** Why there is no connection, or no connection any more. */

import type { LinkReason } from '../../../src/protocol/reasons.js';
import { COMPARE_SECRETS } from './secrets.js';
import type { Explanation } from './story.js';

const SYSTEM_ERROR = 'The note has the error of the system; look it up.';

const otherProtocol = (name: string, next: string): Explanation => ({
  title: `The peer speaks ${name}`,
  why: `The first bytes from it are those of ${name}, which has nothing to do with this protocol.`,
  next,
});

/** By reason. */
export const LINKS: Readonly<Record<LinkReason, Explanation>> = {
  'never-connected': {
    title: 'There has been no connection yet',
    why: 'This side has not reached its peer since it was started.',
    next: 'Look at the attempts to connect before it, and why they failed.',
  },
  'peer-closed': {
    title: 'The peer closed the connection',
    why: 'Its program ended or closed the session, or its server turned this side away.',
    next: "Look at the peer's log at this moment. The counters of a server say why it turns peers away.",
  },
  'link-closed': {
    title: 'The connection was closed',
    why: 'The transport closed it without a reason.',
    next: "Look at the transport, and at the peer's log at this moment.",
  },
  'connection-reset': {
    title: 'The connection was reset',
    why: "The peer's program ended abruptly, or something between the two cut the connection.",
    next: "Look at the peer's log at this moment, then at firewalls between the two.",
  },
  'network-error': {
    title: 'The network failed',
    why: 'The system reported an error on an open connection.',
    next: SYSTEM_ERROR,
  },
  'connection-refused': {
    title: 'Nobody listens there',
    why: 'The other machine answered that no program listens on this port.',
    next: 'Check host and port, and that the server is running.',
  },
  'name-not-found': {
    title: 'No such host',
    why: 'The name does not resolve to an address.',
    next: 'Check the spelling of the name, and whether this machine can reach its name server.',
  },
  'host-unreachable': {
    title: 'The host cannot be reached',
    why: 'There is no route to its address.',
    next: 'Check the address, and that both machines are on the network.',
  },
  'connect-timeout': {
    title: 'Nothing answered',
    why: 'The connection did not open within connectTimeout.',
    next: 'Check host and port, and whether a firewall between the two swallows the packets.',
  },
  'connect-failed': {
    title: 'The connection could not be opened',
    why: 'The system reported an error while this side was connecting.',
    next: SYSTEM_ERROR,
  },
  'connected-to-itself': {
    title: 'The client connected to itself',
    why: 'Nobody listened on that port of this machine, and the system gave the client the very same port as its own: both ends of the connection were this client. It counts as a failed attempt.',
    next: 'Start the server. If this comes again, let it listen on a port below the ephemeral range (net.ipv4.ip_local_port_range).',
  },
  'cannot-listen': {
    title: 'The server cannot listen',
    why: 'The system refused the address or the port, so that no client can ever come.',
    next: 'The note has the error of the system: another program may have the port, or this one may not use it.',
  },
  'handshake-missed': {
    title: 'The handshake was not finished in time',
    why: 'The connection was there, but the server gave no verdict on the key within authenticationTimeout: it was busy or stopped, or something between the two accepts connections for a server that is not there. The client makes the connection anew, after a pause.',
    next: 'If it does not come right by itself, look at the server; for slow links, raise authenticationTimeout.',
  },
  'key-refused': {
    title: 'The server refused the key',
    why: 'The two sides have different secrets, so that requests fail at once. The client tries again after a long pause (reconnect.refusedDelay), in case a secret is changed, or not at all where that is false.',
    next: COMPARE_SECRETS,
  },
  'reconnect-requested': {
    title: 'This side asked for a new connection',
    why: 'Its program called reconnect, which ends the old connection first.',
    next: 'Nothing, if the program meant to.',
  },
  'session-closed': {
    title: 'This side closed the session',
    why: 'Its program called close, or an error made the session close itself.',
    next: 'Nothing, if the program meant to. Otherwise look for a warning in its output.',
  },
  'session-failed': {
    title: 'The session failed',
    why: 'A codec, a transport or the library itself threw where the session could not continue.',
    next: "Look for the warning in the program's output: it has the error.",
  },
  'frame-too-long': {
    title: 'The peer sent a frame that is too long',
    why: 'It grew over the limit, and the connection was ended. Before trust the limit is low, so that a stranger cannot fill the memory.',
    next: 'Authenticate first, or raise maxFrameLength (maxUntrustedFrameLength before trust).',
  },
  'peer-speaks-tls': otherProtocol(
    'TLS',
    'Check host and port. If the peer encrypts this protocol, set tls on this side, too.',
  ),
  'peer-speaks-http': otherProtocol(
    'HTTP',
    'Check host and port: this is the port of a web server or browser.',
  ),
  'peer-speaks-ssh': otherProtocol('SSH', 'Check host and port: this is the port of an SSH server.'),
  'too-many-bad-frames': {
    title: 'Too many bad frames',
    why: 'The peer kept sending frames that are not messages (maxBadFrames; maxUntrustedBadFrames before trust), and the connection was ended.',
    next: 'Look at the drops before it: they say what is wrong with the frames.',
  },
  'too-much-noise': {
    title: 'Too much noise',
    why: 'The peer kept sending bytes outside of frames (maxNoiseBytes; maxUntrustedNoiseBytes before trust), and the connection was ended.',
    next: 'Look for a peer that speaks another protocol, or prints its log to the same port.',
  },
  'frame-timeout': {
    title: 'A frame that was never finished',
    why: 'The peer began a frame, and within frameTimeout (untrustedFrameTimeout before trust) neither its end nor another 16 KiB of it came.',
    next: 'Check whether the peer hangs in the middle of writing; for links of less than 16 KiB in that time, raise frameTimeout.',
  },
  'output-stalled': {
    title: 'Nothing got out any more',
    why: 'Bytes waited to be sent for stallTimeout, and the system took none of them: the peer does not read, or is not there any more.',
    next: 'Look whether the peer hangs, or the network between the two was down. The note says how much may be lost.',
  },
  'slow-consumer': {
    title: 'The peer does not read',
    why: 'It read nothing for slowConsumerTimeout while bytes were waiting for it.',
    next: 'Find out whether the peer hangs; if it is only slow, raise slowConsumerTimeout.',
  },
  'too-many-seed-requests': {
    title: 'The client asked for too many seeds',
    why: 'It asked for more than maxSeedRequests seeds on one connection without sending a right key.',
    next: 'Look for a client that starts its authentication in a loop.',
  },
  'too-many-wrong-keys': {
    title: 'Three wrong keys: the two sides do not have the same secret',
    why: 'After three wrong keys on one connection a server hangs up, to slow down guessing.',
    next: COMPARE_SECRETS,
  },
  'peer-silent': {
    title: 'The peer fell silent',
    why: 'Nothing came from it, not even an answer to the question that any peer answers (heartbeat), or the system found that nobody is there (TCP keep-alive). The connection was dead, though nobody had closed it.',
    next: 'Look whether the peer, its machine or the network between the two was down at this moment. A peer that blocks for longer than heartbeat.interval and heartbeat.timeout needs a longer timeout. The note says how much may be lost.',
  },
  'answer-overdue': {
    title: 'A request that was never answered',
    why: 'It had timed out, and its answer did not come within lateAnswerGrace either. The connection was reset, because a later request would have taken that answer for its own.',
    next: 'Find out why the peer does not answer; if it is only slow, raise lateAnswerGrace.',
  },
  'answer-not-sent': {
    title: 'An answer could not be sent',
    why: 'The transport did not take it. The connection was reset, because the peer would have taken the next answer for this one.',
    next: 'Look at the transport.',
  },
  'too-many-untrusted': {
    title: 'Too many peers that do not authenticate',
    why: 'The server allows maxUntrustedConnections of them, and this one was not in the middle of its handshake.',
    next: 'Let clients authenticate at once, or raise maxUntrustedConnections. Clients that you do not know may be an attack.',
  },
  'too-many-untrusted-messages': {
    title: 'Too many messages before trust',
    why: 'A peer that is not trusted may send maxUntrustedMessages messages, and all of them together so many a second.',
    next: 'Let the client authenticate. Raise maxUntrustedMessages only if clients stay untrusted on purpose and have much to say.',
  },
  'too-many-guesses': {
    title: 'Too many wrong keys from one address',
    why: 'Somebody at the address of this client sends wrong keys in numbers, so that seeds are given out one after the other, and too many clients were waiting for one.',
    next: 'Find the client with the old secret. The others get in when they try again.',
  },
  'handshake-timeout': {
    title: 'The client did not authenticate in time',
    why: 'A server with a secret waits for handshakeTimeout and then hangs up.',
    next: 'Give the client the secret and let it authenticate at once (autoAuth), or raise handshakeTimeout.',
  },
  'tls-certificate-invalid': {
    title: 'The certificate of the peer is not accepted',
    why: 'It has expired, is for another name, or is signed by an authority that this side does not know.',
    next: 'Set tls.ca to the authority of the peer, or tls.servername to the name in its certificate; the text of the error has it.',
  },
  'tls-certificate-refused': {
    title: 'The peer refused the certificate of this side',
    why: 'The peer asks for a certificate, and got none, or one that it does not accept.',
    next: 'Set tls.cert and tls.key to a certificate of an authority that the peer has in its tls.ca.',
  },
  'tls-psk-refused': {
    title: 'The pre-shared keys do not fit',
    why: 'The two sides made their keys of different secrets or names, or the peer showed a certificate in the place of the key.',
    next: 'Give both the same secret, tls.servername, and on a server with secrets of its own for each client the right tls.pskIdentity.',
  },
  'tls-handshake-failed': {
    title: 'The TLS handshake failed',
    why: 'The two sides found no common ground, or one of them hung up in the middle.',
    next: 'The text of the error says what OpenSSL says. Check that both use certificates, or both tls: psk.',
  },
  'tls-handshake-timeout': {
    title: 'The TLS handshake took too long',
    why: 'The peer did not go on with it within tls.handshakeTimeout.',
    next: 'Check that the peer speaks TLS at this port. Raise tls.handshakeTimeout only for very slow links.',
  },
  'peer-speaks-no-tls': {
    title: 'The peer does not speak TLS',
    why: 'This side encrypts, and the peer sent plain bytes.',
    next: 'Set tls on both sides, or on neither.',
  },
  'peer-name-mismatch': {
    title: 'The peer claimed a name that is not its own',
    why: 'Its certificate, or the identity of its key, binds it to one name (peerName), and it gave another as the name of its channel.',
    next: 'Give the client the channelName that it is bound to, or none; or correct what peerName returns.',
  },
  'name-taken-over': {
    title: 'A newer peer of the same name took its place',
    why: 'The server keeps one peer of each name, the newest (duplicateNames). Mostly it is the same device on a new connection.',
    next: 'Where it is another device, give each a channelName of its own.',
  },
  'name-taken': {
    title: 'Another peer has the name already',
    why: 'The server keeps the first peer of each name (duplicateNames), and that one is still connected.',
    next: 'Give each device a channelName of its own. Where it is the same device, the server has yet to notice that its old connection is dead.',
  },
  'name-flapping': {
    title: 'Peers took the name from each other too often',
    why: 'Two devices have one name, and each took it over when it came back. Now the one that had it keeps it, until nobody has claimed it for a while.',
    next: 'Find the two devices in the log of the server, and give each a channelName of its own.',
  },
  'gateway-down': {
    title: 'The gateway of the device went away',
    why: 'The gateway to which the device was connected has stopped, or nothing was heard of it for too long.',
    next: 'The device comes back through another gateway. Whether it acted on a request that it had got is not known.',
  },
};
