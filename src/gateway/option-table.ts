/** The options of a gateway, one row each. */

import { optionsDoor } from '../base/option-names.js';
import {
  clockRow,
  countRow,
  functionRow,
  objectRow,
  optionalTextRow,
  randomRow,
  switchRow,
  timeoutRow,
} from '../base/option-rows.js';
import type { OptionRow, RowsFor } from '../base/option-table.js';
import { describeKind, describeValue, isOptionsObject } from '../base/options.js';
import { servicesRow } from '../base/service-ids.js';
import type { Bus } from '../bus/bus.js';
import { type Contract, isContract } from '../contract/contract.js';
import { OptionError } from '../protocol/errors.js';
import type { ListenOptions } from '../server/listen-options.js';
import { CLOSE_OPTIONS } from '../session/close-options.js';
import { SESSION_OPTIONS } from '../session/option-table.js';
import type { Session } from '../session/session.js';
import { DEFAULT_PREFIX, isPrefix } from './format/subjects.js';
import type { GatewayOptions } from './gateway-options.js';

/** Why there are no services of one's own unless they are given. */
export const SERVICES_WHY = 'Read, write and execute are there, and a contract brings those of its own.';

const GATEWAY_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The options of {@link GatewayOptions}. */
export const GATEWAY_OPTIONS = {
  bus: busRow(),
  listen: listenRow(),
  prefix: prefixRow(),
  name: gatewayNameRow(),
  services: servicesRow(SERVICES_WHY),
  contract: contractsRow(),
  onSession: functionRow<((session: Session) => unknown) | undefined>({
    default: undefined,
    why: 'What a device asks is for the workers.',
  }),
  requestTimeout: timeoutRow({
    default: 30_000,
    why: 'Longer than most requests take; the requester says how long it waits.',
  }),
  maxRequests: countRow({
    default: 50_000,
    why: 'Each takes about a KiB; a gateway that cannot keep up says so instead of growing.',
  }),
  closeBus: switchRow({ default: false, why: 'The program that made the bus may use it for more.' }),
  clock: clockRow(),
  wallTime: functionRow<() => number>({ default: Date.now, why: 'A test brings its own.' }),
  random: randomRow(),
  logger: SESSION_OPTIONS.logger,
  logLevel: SESSION_OPTIONS.logLevel,
} satisfies RowsFor<GatewayOptions>;

/** Checks what is passed to `gateway`. */
export const admitGatewayOptions = optionsDoor(
  'GatewayOptions',
  'gateway({ bus, listen: { port: 17017 } })',
  GATEWAY_OPTIONS,
);

/** Checks what is passed to `close` of a gateway. */
export const admitGatewayCloseOptions = optionsDoor('CloseOptions', 'close({ drain: true })', CLOSE_OPTIONS);

/** The bus; it may not be left out. */
export function busRow(): OptionRow<Bus> {
  const row = objectRow<Bus | undefined>({
    default: undefined,
    methods: ['publish', 'subscribe', 'request', 'requestAll', 'flush', 'onState', 'close'],
    why: 'There is nothing to do without one.',
  });
  return {
    ...row,
    default: undefined,
    check: (option, value) => {
      const bus = row.check(option, value);
      if (bus !== undefined) return bus;
      throw new OptionError(option, 'a bus, as memoryBus() or natsBus() make it', describeKind(value));
    },
  };
}

/** The first word of all subjects. */
export function prefixRow(): OptionRow<string> {
  return {
    unit: 'text',
    default: DEFAULT_PREFIX,
    why: 'Two installations on one bus take two.',
    check: (option, value = DEFAULT_PREFIX) => {
      if (isPrefix(value)) return value;
      throw new OptionError(option, 'one word of at most 64 letters, digits, _ and -', describeValue(value));
    },
  };
}

function gatewayNameRow(): OptionRow<string | null> {
  const row = optionalTextRow({ why: 'Its id is enough to tell gateways apart.' });
  return {
    ...row,
    check: (option, value) => {
      const name = row.check(option, value);
      if (name === null || GATEWAY_NAME.test(name)) return name;
      throw new OptionError(option, 'at most 64 letters, digits, _ and -', describeValue(name));
    },
  };
}

function listenRow(): OptionRow<ListenOptions> {
  return {
    unit: 'object',
    default: undefined,
    why: 'Devices have to come from somewhere.',
    check: (option, value) => {
      if (!isOptionsObject(value) || Object.keys(value).length === 0)
        throw new OptionError(option, 'options of listen, as in { port: 17017 }', describeKind(value));
      const { duplicateNames } = value as ListenOptions;
      if (duplicateNames === undefined || duplicateNames === 'evict') return value as ListenOptions;
      const expected = "'evict', or nothing: a name is one device on all gateways";
      throw new OptionError(`${option}.duplicateNames`, expected, describeValue(duplicateNames));
    },
  };
}

function contractsRow(): OptionRow<readonly Contract[] | undefined> {
  return {
    unit: 'object',
    default: undefined,
    why: 'Read, write and execute are there.',
    check: (option, value) => {
      if (value === undefined) return undefined;
      const contracts: readonly unknown[] = Array.isArray(value) ? value : [value];
      const wrong = contracts.find((each) => !isContract(each));
      if (wrong === undefined && contracts.length > 0 && !contracts.includes(undefined))
        return contracts as readonly Contract[];
      throw new OptionError(option, 'a contract, or an array of contracts', describeKind(wrong));
    },
  };
}
