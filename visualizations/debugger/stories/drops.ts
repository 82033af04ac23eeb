/** What was dropped, by the reason for it. */

import type { DropReason } from '../../../src/protocol/reasons.js';
import type { Explanation } from './story.js';

const OTHER_CODEC =
  'If every frame looks like this, the two sides use different codecs: try --struct (struct_json, for old peers).';
const FRAMES = 'Frames begin with the bytes :< and end with :>. Bytes outside of frames mean nothing.';
const WRONG_CONTENT = 'Look at how the peer makes its messages.';

/** By reason. */
export const DROPS: Readonly<Record<DropReason, Explanation>> = {
  noise: {
    title: 'Bytes that are not a frame',
    why: FRAMES,
    next: 'Look for a peer that speaks another protocol, prints its log to the same port, or began in the middle of a frame.',
  },
  restarted: {
    title: 'A frame began inside a frame',
    why: `${FRAMES} The end of the first one got lost.`,
    next: 'Look for a peer that was restarted, or two programs that write to the same connection.',
  },
  'broken-escape': {
    title: 'A broken frame',
    why: 'Inside a frame, a colon is written as :=, and this one was followed by another byte.',
    next: 'Check the cable or radio link, and whether the peer escapes colons.',
  },
  'too-long': {
    title: 'A frame that is too long',
    why: 'It grew over the limit. Before trust the limit is low, so that a stranger cannot fill the memory.',
    next: 'Authenticate first, or raise maxFrameLength (maxUntrustedFrameLength before trust).',
  },
  unfinished: {
    title: 'A frame without an end',
    why: 'The connection ended or was reset in the middle of it.',
    next: 'Look at what ended the connection.',
  },
  'wrong-protocol': {
    title: 'The peer speaks another protocol',
    why: 'Its first bytes are those of another protocol.',
    next: 'Check host and port.',
  },
  short: {
    title: 'A frame that is too short',
    why: 'It has no room for a message and a checksum.',
    next: OTHER_CODEC,
  },
  checksum: {
    title: 'A wrong checksum',
    why: 'The checksum at the end of the frame was made for other bytes than those that arrived, so none of them can be relied on.',
    next: OTHER_CODEC,
  },
  encoding: { title: 'Text that is not UTF-8', why: 'The text of a message is UTF-8.', next: OTHER_CODEC },
  json: {
    title: 'Text that is not JSON',
    why: 'The checksum is right, so the peer sent it like this.',
    next: WRONG_CONTENT,
  },
  number: {
    title: 'A number with too many digits',
    why: 'It is longer than any number that is accepted.',
    next: WRONG_CONTENT,
  },
  depth: {
    title: 'Data that is nested too deeply',
    why: 'Before trust only flat data is accepted.',
    next: 'Authenticate first, or raise maxUntrustedDepth.',
  },
  shape: {
    title: 'JSON that is not a message',
    why: 'A message has service_id, data_id, status and data.',
    next: WRONG_CONTENT,
  },
  untrusted: {
    title: 'Too early: the peer is not trusted yet',
    why: 'This side has a secret, the connection is not trusted, and the message is not on the whitelist.',
    next: 'Let the client authenticate before its first request. If it did authenticate, the trouble before it says why that failed.',
  },
  unexpected: {
    title: 'A message at the wrong time',
    why: 'It belongs to an authentication or to the exchange of names, and the state machine is in a state that does not expect it.',
    next: 'Choose the actor and look at its state at this moment.',
  },
  'second-name': {
    title: 'A second name',
    why: 'A peer gives its name once per connection.',
    next: 'Nothing, unless two programs share the connection.',
  },
  'late-answer': {
    title: 'An answer that came too late',
    why: 'Its request had timed out. The answer is dropped, so that the next request with the same ids does not take it for its own.',
    next: 'Give the request more time (timeout), or find out why the peer is slow.',
  },
  overflow: {
    title: 'The receive buffer is full',
    why: 'Messages without a callback are kept for receive, and the oldest made room for a new one.',
    next: 'Register a callback for them, call receive, or set bufferUnhandled: false.',
  },
  stale: {
    title: 'Left over from the last connection',
    why: 'When a connection ends, its messages in the receive buffer are dropped.',
    next: 'Nothing.',
  },
  expired: {
    title: 'A message that nobody fetched',
    why: 'It was in the receive buffer for longer than maxBufferedAge.',
    next: 'Register a callback for it, or call receive.',
  },
  'slow-iterator': {
    title: 'A loop that does not keep up',
    why: 'An iterator over messages or states had as many waiting for its loop as its limit allows; the oldest was dropped. The iterator counts them (dropped).',
    next: 'Do less in each turn of the loop, narrow what it asks for, or raise the limit.',
  },
  unsolicited: {
    title: 'A message for nobody',
    why: 'It answers no request, it has no callback, and bufferUnhandled is off.',
    next: 'Register a callback for it.',
  },
  'late-result': {
    title: 'A callback that returned too late',
    why: 'It took longer than callbackTimeout, and its request had already been answered with "callback error".',
    next: 'Make the callback faster, or raise callbackTimeout.',
  },
  'too-many-waiting': {
    title: 'Too many requests were waiting',
    why: 'More requests of the peer waited for their callbacks than maxWaitingCallbacks or maxWaitingCallbackBytes allows, while this side waited for the peer as well. The request was answered with "callback error".',
    next: 'Make the callbacks faster, ask less at once, or raise the limit.',
  },
  draining: {
    title: 'The session was about to close',
    why: 'This side was closed with "drain" and finishes what it has begun. The request was answered with "operation not permitted".',
    next: 'Nothing, if the program was meant to end; the peer may ask again on another connection.',
  },
  'link-lost': {
    title: 'The connection was gone',
    why: 'The request came over a connection that has ended, so there is nobody to answer.',
    next: 'Look at what ended the connection.',
  },
  'too-many-pending': {
    title: 'Too much waits already: a message was not sent',
    why: 'The limit is maxPendingRequests; send resolved with false.',
    next: 'Wait for what send returns before you send more, or raise the limit.',
  },
  'too-many-queued-bytes': {
    title: 'Too many bytes wait already: a message was not sent',
    why: 'The limit is maxQueuedBytes; send resolved with false.',
    next: 'Wait for what send returns before you send more, or raise the limit.',
  },
  'not-sent': {
    title: 'The transport did not take an answer',
    why: 'The connection was reset, because the peer would have taken the next answer for this one.',
    next: 'Look at the transport.',
  },
};
