import {
  AUTH_STATE_KEY_TRANSFERRED,
  AUTH_STATE_SEED_REQUESTED,
  AUTH_STATE_SEED_TRANSFERRED,
  AUTH_STATE_TRUSTED_CONNECTION,
  AUTH_STATE_UNTRUSTED_CONNECTION,
} from './ids.js';

/** Which side of a connection: a client opens it, a server accepts it. Each role has its own half of section 4. */
export type Role = 'client' | 'server';

/** The five states of an authentication (protocol.md section 3), in the words of the machine. */
export type AuthenticationStateName = 'untrusted' | 'seedRequested' | 'seedSent' | 'keySent' | 'trusted';

/** The number of each state, as the original gives it. */
export const AUTHENTICATION_STATE_NUMBERS: Readonly<Record<AuthenticationStateName, number>> = Object.freeze({
  untrusted: AUTH_STATE_UNTRUSTED_CONNECTION,
  seedRequested: AUTH_STATE_SEED_REQUESTED,
  seedSent: AUTH_STATE_SEED_TRANSFERRED,
  keySent: AUTH_STATE_KEY_TRANSFERRED,
  trusted: AUTH_STATE_TRUSTED_CONNECTION,
});

/**
 * The state of an authentication, whichever lane it is in.
 *
 * @param value the value of a snapshot of the machine, `{ client: { proving: 'keySent' } }` for example
 */
export function authenticationStateOf(value: unknown): AuthenticationStateName {
  let state = value;
  while (typeof state === 'object' && state !== null) [state] = Object.values(state);
  return isStateName(state) ? state : 'untrusted';
}

function isStateName(state: unknown): state is AuthenticationStateName {
  return typeof state === 'string' && Object.hasOwn(AUTHENTICATION_STATE_NUMBERS, state);
}
