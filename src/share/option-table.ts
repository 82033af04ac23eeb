/** The options of a share, one row each. */

import { optionsDoor } from '../base/option-names.js';
import { bytesRow, clockRow, countRow, optionalTextRow, timeoutRow } from '../base/option-rows.js';
import type { OptionRow, RowsFor } from '../base/option-table.js';
import { describeKind, isOptionsObject } from '../base/options.js';
import { type ServiceIds, serviceIdsOption, servicesRow } from '../base/service-ids.js';
import type { ConnectOptions } from '../client/connect.js';
import { OptionError } from '../protocol/errors.js';
import type { ListenOptions } from '../server/listen-options.js';
import { SESSION_OPTIONS } from '../session/option-table.js';
import type { ShareOptions } from './options.js';
import { checkRights, type RightsTable } from './rights.js';

const MIB = 1024 * 1024;

/** The options of {@link ShareOptions}. */
export const SHARE_OPTIONS = {
  upstream: groupOfOthers<ConnectOptions>('the options of connect', 'A device has an address.'),
  listen: groupOfOthers<ListenOptions>('the options of listen', 'Programs need to know where.'),
  services: servicesRow('Most devices have the built-in ones.'),
  concurrency: countRow({
    default: 1,
    most: 1_000,
    why: 'A device that takes one connection usually does one thing at a time.',
  }),
  requestTimeout: timeoutRow({
    default: 5_000,
    why: 'As long as a session of this library waits for its answers.',
  }),
  maxWaitingPerClient: countRow({
    default: 1_000,
    why: 'A program that asks faster than the device answers should hear of it.',
  }),
  maxWaiting: countRow({
    default: 10_000,
    why: 'As many as a session of this library can have pending.',
  }),
  maxWaitingBytes: bytesRow({ default: 64 * MIB, why: 'What clients can make a share hold.' }),
  rights: rightsRow(),
  leaseService: leaseServiceRow(),
  maxLease: timeoutRow({
    default: 60_000,
    why: 'A program that hangs keeps all others waiting for this long; one that works renews.',
  }),
  maxLeaseWaiters: countRow({ default: 64, why: 'More would wait for hours.' }),
  deviceRequests: optionalTextRow({ why: 'Only the program knows which of its clients can answer.' }),
  logger: SESSION_OPTIONS.logger,
  logLevel: SESSION_OPTIONS.logLevel,
  inspect: SESSION_OPTIONS.inspect,
  clock: clockRow(),
} satisfies RowsFor<ShareOptions>;

/** Checks what is passed to `share`. */
export const admitShareOptions = optionsDoor(
  'ShareOptions',
  'share({ upstream: { port: 17017 }, listen: { port: 17018 } })',
  SHARE_OPTIONS,
);

/** Options that something else checks. */
function groupOfOthers<T extends object>(expected: string, why: string): OptionRow<T> {
  return {
    unit: 'object',
    default: undefined,
    why,
    check: (option, value) => {
      if (isOptionsObject(value) && Object.keys(value).length > 0) return value as T;
      throw new OptionError(option, expected, describeKind(value));
    },
  };
}

function rightsRow(): OptionRow<RightsTable | undefined> {
  return {
    unit: 'object',
    default: undefined,
    why: 'Who has the secret may everything, as on the device itself.',
    check: (option, value) => (value === undefined ? undefined : checkRights(option, value)),
  };
}

function leaseServiceRow(): OptionRow<ServiceIds | false> {
  const row = leaseIdsRow();
  return { ...row, check: (option, value) => (value === false ? false : row.check(option, value)) };
}

/** The service ids of the lease. */
export function leaseIdsRow(): OptionRow<ServiceIds> {
  const usual: ServiceIds = [65_000, 65_001];
  return {
    unit: 'pair',
    default: usual,
    why: 'The built-in services are below 32, those of programs are mostly some hundreds.',
    check: (option, value = usual) => serviceIdsOption(option, value),
  };
}
