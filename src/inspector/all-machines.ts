/** All machines: apart from those of a session, which every program has, as only the debugger reads the others. */

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
