/** What messages and notes of an authentication share. */

import type { Explanation } from './story.js';

/** What to do about two secrets that differ. */
export const COMPARE_SECRETS =
  'Compare the secrets of both programs, byte by byte: --secret-file or SOCKET_PROTOCOL_SECRET on the command line, the option secret of the library, the secret in Python. A trailing space makes a difference, and so does a line break at the end, which only the command line drops.';

export const DIFFERENT_SECRETS: Explanation = {
  title: 'The two sides do not have the same secret',
  why: 'The server sent a random seed. The client made a key from the seed and its secret and sent it; the server made its own key from the seed and its secret, and the two keys differ.',
  next: COMPARE_SECRETS,
};

export const NO_SECRET: Explanation = {
  title: 'The server has no secret',
  why: 'Asked for a seed, it answered that it does not know that service: it has no secret to compare with.',
  next: 'Start the server with the secret, or the client without it.',
};
