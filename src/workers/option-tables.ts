/** The options of devices and workers, one row each. */

import { optionsDoor } from '../base/option-names.js';
import { clockRow, countRow, msRow, signalRow, switchRow, timeoutRow } from '../base/option-rows.js';
import type { OptionRow, RowsFor } from '../base/option-table.js';
import { describeKind, describeValue } from '../base/options.js';
import { servicesRow } from '../base/service-ids.js';
import { checkedName, checkedVersion } from '../bus/micro/words.js';
import { type Contract, isContract } from '../contract/contract.js';
import { isPrefix, WORKER_QUEUE } from '../gateway/format/subjects.js';
import { busRow, prefixRow, SERVICES_WHY } from '../gateway/option-table.js';
import { OptionError } from '../protocol/errors.js';
import { SESSION_OPTIONS } from '../session/option-table.js';
import { LIST_TIMEOUT_MS } from './device-list.js';
import type { DevicesOptions, ListDevicesOptions, WatchDevicesOptions } from './devices.js';
import type { WorkerOptions } from './worker.js';

/** The name of a queue group. */
function queueRow(): OptionRow<string> {
  return {
    unit: 'text',
    default: WORKER_QUEUE,
    why: 'All workers with one name share the requests.',
    check: (option, value = WORKER_QUEUE) => {
      if (isPrefix(value)) return value;
      throw new OptionError(option, 'one word of at most 64 letters, digits, _ and -', describeValue(value));
    },
  };
}

/** That of the codecs of sessions. */
const allowNan = switchRow({
  default: false,
  why: 'Only Python reads these tokens; JSON has none of them.',
});

/** The options of {@link DevicesOptions}. */
export const DEVICES_OPTIONS = {
  prefix: prefixRow(),
  requestTimeout: timeoutRow({
    default: SESSION_OPTIONS.requestTimeout.default,
    why: 'As long as a session waits.',
  }),
  retryFor: msRow({
    default: 250,
    why: 'A device that has moved is known to all servers of a cluster in milliseconds; most of this is room for busy ones.',
  }),
  maxPendingRequests: countRow({
    default: SESSION_OPTIONS.maxPendingRequests.default,
    why: SESSION_OPTIONS.maxPendingRequests.why,
  }),
  services: servicesRow(SERVICES_WHY),
  allowNan,
  clock: clockRow(),
} satisfies RowsFor<DevicesOptions>;

/** The options of {@link ListDevicesOptions}. */
export const LIST_DEVICES_OPTIONS = {
  timeout: timeoutRow({
    default: LIST_TIMEOUT_MS,
    why: 'Gateways answer at once; the rest is for busy ones.',
  }),
} satisfies RowsFor<ListDevicesOptions>;

/** The options of {@link WatchDevicesOptions}. */
export const WATCH_DEVICES_OPTIONS = {
  signal: signalRow({ why: 'The loop can end itself.' }),
  limit: countRow({
    default: 100_000,
    why: 'All devices of ten full gateways, which come first, and at once.',
  }),
} satisfies RowsFor<WatchDevicesOptions>;

/** One contract, or several. */
function contractRow(): OptionRow<readonly Contract[]> {
  return {
    unit: 'object',
    default: undefined,
    why: 'It says what is answered.',
    check: (option, value) => {
      const contracts: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (contracts.length > 0 && contracts.every(isContract)) return contracts;
      const wrong = contracts.find((each) => !isContract(each));
      throw new OptionError(
        option,
        'a contract, or several',
        contracts.length === 0 ? 'none' : describeKind(wrong),
      );
    },
  };
}

/** A text that is checked by what the tools of NATS take. */
function serviceRow(
  fallback: string,
  why: string,
  checked: (option: string, value: unknown) => string,
): OptionRow<string> {
  return {
    unit: 'text',
    default: fallback,
    why,
    check: (option, value = fallback) => checked(option, value),
  };
}

/** The options of {@link WorkerOptions}. */
export const WORKER_OPTIONS = {
  bus: busRow(),
  contract: contractRow(),
  prefix: prefixRow(),
  name: serviceRow('worker', 'Tools that list the services of a bus show it.', checkedName),
  version: serviceRow('0.0.0', 'Tools show it; nothing depends on it.', checkedVersion),
  queue: queueRow(),
  maxRunning: countRow({
    default: SESSION_OPTIONS.maxRunningCallbacks.default,
    why: 'As many as of one session: more at once would be no faster.',
  }),
  maxWaiting: countRow({
    default: 1_000,
    why: 'What waits longer is better refused: the device, or another worker, can do something about it.',
  }),
  callbackTimeout: timeoutRow({
    default: SESSION_OPTIONS.callbackTimeout.default,
    why: SESSION_OPTIONS.callbackTimeout.why,
  }),
  allowNan,
  clock: clockRow(),
} satisfies RowsFor<WorkerOptions>;

/** Checks what is passed to `devices`. */
export const admitDevicesOptions = optionsDoor(
  'DevicesOptions',
  'devices(bus, { requestTimeout: 2_000 })',
  DEVICES_OPTIONS,
);
/** Checks what is passed to `list`. */
export const admitListDevicesOptions = optionsDoor(
  'ListDevicesOptions',
  'list({ timeout: 500 })',
  LIST_DEVICES_OPTIONS,
);
/** Checks what is passed to `watch`. */
export const admitWatchDevicesOptions = optionsDoor(
  'WatchDevicesOptions',
  'watch({ signal })',
  WATCH_DEVICES_OPTIONS,
);
/** Checks what is passed to `worker`. */
export const admitWorkerOptions = optionsDoor(
  'WorkerOptions',
  'worker({ bus, contract }, handlers)',
  WORKER_OPTIONS,
);
