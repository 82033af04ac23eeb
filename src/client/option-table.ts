/** The options of a client, one row each. */

import { optionsDoor } from '../base/option-names.js';
import { folderRow, openSwitchRow, signalRow, switchRow } from '../base/option-rows.js';
import type { RowsFor } from '../base/option-table.js';
import { SESSION_OPTIONS } from '../session/option-table.js';
import type { SessionOptions } from '../session/options.js';
import { optionalStreamRow, TCP_CLIENT_OPTIONS } from '../transport/option-tables.js';
import type { TcpClientOptions } from '../transport/tcp-client.js';
import type { ConnectOptions } from './connect.js';

/** What {@link ConnectOptions} has besides the options of sessions and transports, or has in another way. */
export const CONNECT_OPTIONS = {
  stream: optionalStreamRow({ why: 'Most devices have an address.' }),
  autoAuth: openSwitchRow({ why: 'A client with a secret nearly always wants to be trusted.' }),
  waitForPeer: switchRow({ default: false, why: 'A wrong address should fail at once.' }),
  recordFailures: folderRow({ why: 'A library writes no files by itself.' }),
  signal: signalRow({ why: 'Each attempt has a time-out of its own.' }),
} satisfies RowsFor<
  Pick<ConnectOptions, 'autoAuth'> & Omit<ConnectOptions, keyof SessionOptions | keyof TcpClientOptions>
>;

/** Checks what is passed to `connect`. */
export const admitConnectOptions = optionsDoor(
  'ConnectOptions',
  'connect({ port: 17017 })',
  CONNECT_OPTIONS,
  TCP_CLIENT_OPTIONS,
  SESSION_OPTIONS,
);
