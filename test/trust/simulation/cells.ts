/** The cells of the authentication table (test/reliability/authentication-table.test.ts), as a simulated world meets them. */

import type { Role } from '../../../src/index.js';
import { AUTHENTICATION_INPUTS, type AuthenticationInput } from '../../support/authentication-inputs.js';
import type { Peeked } from './peek.js';
import { RESPONSE_OF, WHITELISTED } from './side.js';

/** The states that each role can be in; that the others are unreachable is proven elsewhere (C1). */
export const REACHABLE_STATES: Readonly<Record<Role, readonly number[]>> = {
  server: [0, 2, 4],
  client: [0, 1, 3, 4],
};

const INPUT_COUNT = AUTHENTICATION_INPUTS.length;
const STATE_COUNT = 5;

/** A cell as an index into a table of counts. */
export function cellIndex(role: Role, state: number, input: AuthenticationInput): number {
  return (
    ((role === 'server' ? 0 : 1) * STATE_COUNT + state) * INPUT_COUNT + AUTHENTICATION_INPUTS.indexOf(input)
  );
}

/** How many cells there are. */
export const CELL_COUNT = 2 * STATE_COUNT * INPUT_COUNT;

/** Which input a payload is; null: one that the table does not know. */
export function inputOf(
  seen: Peeked | null,
  data: () => unknown,
  isRightKey: (key: unknown) => boolean,
  isAwaited: () => boolean,
): AuthenticationInput | null {
  if (seen === null || !seen.isGood) return 'malformed';
  const { serviceId, dataId, status } = seen;
  if (serviceId === 0 && dataId === 0) return 'SEED request';
  if (serviceId === 0 && dataId === 1)
    return isRightKey(data()) ? 'KEY request, valid' : 'KEY request, wrong';
  if (serviceId === 1 && dataId === 0) return 'SEED response';
  if (serviceId === 1 && dataId === 1)
    return status === 0 && data() === true ? 'KEY response, ok' : 'KEY response, bad';
  if (serviceId === 8 || serviceId === 9) return 'CHANNEL';
  if (RESPONSE_OF.has(serviceId)) {
    const isOpen = serviceId === WHITELISTED.serviceId && dataId === WHITELISTED.dataId;
    return isOpen ? 'whitelisted request' : 'other request';
  }
  return isAwaited() ? 'awaited response' : null;
}
