/** Options that name services of a program's own: the ids of a request and of its response. */

import { OptionError } from '../protocol/errors.js';
import type { OptionRow } from './option-table.js';
import { describeKind, describeValue } from './options.js';

/** The service ids of a request and of its response. */
export type ServiceIds = readonly [requestSid: number, responseSid: number];

/**
 * Checks the ids of a service.
 *
 * @throws OptionError for anything but two ids
 */
export function serviceIdsOption(option: string, value: unknown): ServiceIds {
  const isPair = Array.isArray(value) && value.length === 2 && value.every(isId);
  if (isPair) return value as unknown as ServiceIds;
  throw new OptionError(option, 'a pair such as [100, 101], request and response', describeValue(value));
}

function isId(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Services besides the built-in ones; none unless given. */
export function servicesRow(why: string): OptionRow<readonly ServiceIds[]> {
  const none: readonly ServiceIds[] = [];
  return {
    unit: 'pairs',
    default: none,
    why,
    check: (option, value) => {
      if (value === undefined) return none;
      if (!Array.isArray(value)) throw new OptionError(option, 'an array of pairs', describeKind(value));
      return Array.from(value, (each: unknown) => serviceIdsOption(option, each));
    },
  };
}
