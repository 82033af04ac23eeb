/** Why an authentication came to nothing. */

import type { AuthenticationReason } from '../../../src/protocol/reasons.js';
import { LINKS } from './links.js';
import { DIFFERENT_SECRETS, NO_SECRET } from './secrets.js';
import type { Explanation } from './story.js';

/** By reason. */
export const AUTHENTICATIONS: Readonly<Record<AuthenticationReason, Explanation>> = {
  'wrong-secret': DIFFERENT_SECRETS,
  'peer-has-no-secret': NO_SECRET,
  'no-answer': {
    title: 'The server did not answer in time',
    why: 'It was asked for a seed, or was sent a key, and nothing came back within authenticationTimeout.',
    next: 'Check whether the server is busy or hangs, and that it speaks this protocol; for slow links, raise authenticationTimeout.',
  },
  'unusable-seed': {
    title: 'The server sent a seed that cannot be used',
    why: 'A seed is a text of 16 to 1024 characters that has not been used before. The server sent something else, or an old seed again.',
    next: 'Look at how the server makes its seeds: 32 random bytes in hex, new ones for each request. An old seed may also be a replay by an attacker.',
  },
  'key-without-seed': {
    title: 'The client sent a key without a seed',
    why: 'A key is made for one seed. The server had not sent one, it had been used, or it had expired (seedLifetime).',
    next: 'Make the client ask for a new seed before each key, and send the key at once.',
  },
  'too-many-wrong-keys': LINKS['too-many-wrong-keys'],
  'connection-lost': {
    title: 'The connection was lost during the authentication',
    why: 'It ended before the server had accepted or refused the key.',
    next: 'Look at what ended the connection. If this happens each time, the server may be turning this client away; its log and its counters say why.',
  },
};
