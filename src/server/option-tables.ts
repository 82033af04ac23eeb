/** The options of a server, one row each. */

import { optionsDoor } from '../base/option-names.js';
import { countRow, endlessMsRow, groupRow, msRow, readPauses } from '../base/option-rows.js';
import type { RowsFor } from '../base/option-table.js';
import { SESSION_OPTIONS } from '../session/option-table.js';
import type { SessionOptions } from '../session/options.js';
import { TCP_SERVER_OPTIONS } from '../transport/option-tables.js';
import type { TcpServerOptions } from '../transport/tcp-server.js';
import type { BackoffOptions, ListenOptions } from './listen.js';

/** The options inside `backoff`. */
export const BACKOFF_OPTIONS = {
  minDelay: msRow({
    default: 1_000,
    why: 'Nothing to a person who mistyped, much to a program that guesses.',
  }),
  maxDelay: msRow({ default: 60_000, why: 'A device with a new secret should not have to wait longer.' }),
} satisfies RowsFor<BackoffOptions>;

/** What {@link ListenOptions} has besides the options of sessions and transports. */
export const LISTEN_OPTIONS = {
  maxConnections: countRow({
    default: 1_024,
    why: 'Bounds the memory, and few servers reach it; more are refused and counted.',
  }),
  maxUntrustedConnections: countRow({
    default: 64,
    why: 'More than ever authenticate at one moment; the oldest stranger makes room.',
  }),
  handshakeTimeout: endlessMsRow({
    why: 'A client may stay untrusted on purpose; set it where none does.',
  }),
  backoff: groupRow({
    rows: BACKOFF_OPTIONS,
    settle: readPauses,
    why: 'One connection allows three guesses; this bounds the guesses of many.',
  }),
} satisfies RowsFor<Omit<ListenOptions, keyof SessionOptions | keyof TcpServerOptions>>;

/** Checks what is passed to `listen`. */
export const admitListenOptions = optionsDoor(
  'ListenOptions',
  'listen({ port: 17017 }, (session) => { … })',
  LISTEN_OPTIONS,
  TCP_SERVER_OPTIONS,
  SESSION_OPTIONS,
);
