/** The inputs of the authentication table: everything that a peer can do to a session that bears on trust. */
export const AUTHENTICATION_INPUTS = [
  'SEED request',
  'KEY request, valid',
  'KEY request, wrong',
  'SEED response',
  'KEY response, ok',
  'KEY response, bad',
  'CHANNEL',
  'whitelisted request',
  'other request',
  'awaited response',
  'malformed',
  'disconnect',
] as const;

/** One of the twelve inputs. */
export type AuthenticationInput = (typeof AUTHENTICATION_INPUTS)[number];
