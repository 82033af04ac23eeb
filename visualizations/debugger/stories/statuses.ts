/** What a status other than okay means to the side that asked. */

import type { Explanation } from './story.js';

const STATUSES: Readonly<Record<number, Explanation>> = {
  1: {
    title: 'The peer has no callback for this request',
    why: 'It put the request into its receive buffer, where its program can fetch it with receive.',
    next: 'Register a callback at the peer for this service and data id, or correct the ids.',
  },
  2: {
    title: "The peer's callback failed",
    why: 'The peer has a callback for this request, and it threw, took too long, or returned something that cannot be sent.',
    next: "Look at the peer's log, which has the error.",
  },
  3: {
    title: 'The peer wants an authentication first',
    why: 'The peer has a secret and does not trust this connection (yet). Until then it refuses everything that is not on its whitelist.',
    next: 'Give this side the secret, and let it authenticate before its first request. If it did authenticate, the trouble before it says why that failed.',
  },
  4: {
    title: 'The peer does not know this service or data id',
    why: 'It has neither a callback nor data for these ids.',
    next: 'Compare the ids with those that the peer registers.',
  },
  5: {
    title: 'A damaged request reached the peer',
    why: 'Its checksum did not match its bytes.',
    next: 'Check the cable or radio link, and whether both sides use the same codec.',
  },
  6: {
    title: 'The peer does not permit this',
    why: 'Its program knows the request and refuses it.',
    next: "Ask the authors of the peer's program; nothing in the protocol forbids the request.",
  },
};

const OTHER_STATUS: Explanation = {
  title: "A status of the peer's application",
  why: 'The protocol has no such status: the program of the peer added it, and chose it for this answer.',
  next: "Look it up in the documentation of the peer's program.",
};

/** What a status means; `null` for okay. */
export function explainStatus(status: number): Explanation | null {
  return status === 0 ? null : (STATUSES[status] ?? OTHER_STATUS);
}
