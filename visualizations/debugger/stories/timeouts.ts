/** Why something that waited for the peer ran out of time. */

import type { TimeoutReason } from '../../../src/protocol/reasons.js';
import type { Explanation } from './story.js';

/** By reason. */
export const TIMEOUTS: Readonly<Record<TimeoutReason, Explanation>> = {
  'no-answer': {
    title: 'The peer did not answer in time',
    why: 'The message was sent, and its time was over before anything came back.',
    next: 'Check whether the peer is busy or does not know the service, or give it more time (timeout).',
  },
  'not-connected': {
    title: 'Not sent: there is no connection',
    why: 'The message waited for a connection until its time was over.',
    next: 'Look at the attempts to connect before it, and why they failed.',
  },
  'not-trusted': {
    title: 'Not sent: the connection is not trusted',
    why: 'This side has a secret, and before trust it sends only what is on the whitelist.',
    next: 'Authenticate first. If that was done, the trouble before it says why it failed.',
  },
  'peer-does-not-read': {
    title: 'Not sent: the peer does not read',
    why: 'The buffers between the two are full, and the message waited until its time was over.',
    next: 'Find out whether the peer hangs.',
  },
  'middleware-pending': {
    title: 'Not sent: a middleware was not finished',
    why: 'A middleware of this program had the request until its time was over.',
    next: 'Find out what the middleware waits for. It sees the time that is left in `message.timeLeft`.',
  },
  'behind-unanswered-request': {
    title: 'Not sent: an earlier request is unanswered',
    why: 'A request with the same ids has timed out, and its answer may still come. Until then no other may be sent, because it would take that answer for its own.',
    next: 'Find out why the peer does not answer the earlier request.',
  },
};
