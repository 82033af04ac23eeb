/** The cells of the authentication table (test/reliability/authentication-table.test.ts), as a simulated world meets them. */

import type { Role } from '../../../src/index.js';
import type { Peeked } from './peek.js';
import { RESPONSE_OF, WHITELISTED } from './side.js';

/** The twelve inputs. */
export const INPUTS = [
  'seed request',
  'right key',
  'wrong key',
  'seed',
  'key accepted',
  'key refused',
  'channel name',
  'whitelisted request',
  'other request',
  'awaited response',
  'malformed',
  'disconnect',
] as const;

/** One of the twelve inputs. */
export type Input = (typeof INPUTS)[number];

/** The states that each role can be in; that the others are unreachable is proven elsewhere (C1). */
export const REACHABLE_STATES: Readonly<Record<Role, readonly number[]>> = {
  server: [0, 2, 4],
  client: [0, 1, 3, 4],
};

const INPUT_COUNT = INPUTS.length;
const STATE_COUNT = 5;

/** A cell as an index into a table of counts. */
export function cellIndex(role: Role, state: number, input: Input): number {
  return ((role === 'server' ? 0 : 1) * STATE_COUNT + state) * INPUT_COUNT + INPUTS.indexOf(input);
}

/** How many cells there are. */
export const CELL_COUNT = 2 * STATE_COUNT * INPUT_COUNT;

/** Which input a payload is; null: one that the table does not know. */
export function inputOf(
  seen: Peeked | null,
  data: () => unknown,
  isRightKey: (key: unknown) => boolean,
  isAwaited: () => boolean,
): Input | null {
  if (seen === null || !seen.isGood) return 'malformed';
  const { serviceId, dataId, status } = seen;
  if (serviceId === 0 && dataId === 0) return 'seed request';
  if (serviceId === 0 && dataId === 1) return isRightKey(data()) ? 'right key' : 'wrong key';
  if (serviceId === 1 && dataId === 0) return 'seed';
  if (serviceId === 1 && dataId === 1)
    return status === 0 && data() === true ? 'key accepted' : 'key refused';
  if (serviceId === 8 || serviceId === 9) return 'channel name';
  if (RESPONSE_OF.has(serviceId)) {
    const isOpen = serviceId === WHITELISTED.serviceId && dataId === WHITELISTED.dataId;
    return isOpen ? 'whitelisted request' : 'other request';
  }
  return isAwaited() ? 'awaited response' : null;
}
