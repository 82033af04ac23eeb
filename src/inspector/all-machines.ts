/** All machines, by the names of their pictures: those of gateways and shared devices are read only by who looks at them. */

import type { AnyStateMachine } from 'xstate';
import {
  busLinkMachine,
  devicePresenceMachine,
  leaseMachine,
  sharedDeviceMachine,
} from '../../machines/index.js';
import { SESSION_MACHINES } from './charts.js';

/** The machines, by the names of their pictures. */
export const MACHINES: Readonly<Record<string, AnyStateMachine>> = {
  ...SESSION_MACHINES,
  'device-presence': devicePresenceMachine,
  'bus-link': busLinkMachine,
  lease: leaseMachine,
  'shared-device': sharedDeviceMachine,
};
