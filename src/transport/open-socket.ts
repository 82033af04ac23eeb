import { createConnection, type OnReadOpts, type Socket } from 'node:net';

/** Where to connect to: a host and a port, or the path of a Unix socket. */
export type SocketAddress = (
  | PortAddress
  | { readonly path: string; readonly addressTimeoutMs?: undefined }
) & {
  /** Node's option of that name; none unless set. */
  readonly onread?: OnReadOpts;
};

interface PortAddress {
  readonly host: string;
  readonly port: number;
  /** How long each address of a name with several may take. */
  readonly addressTimeoutMs?: number;
}

/** Node refuses less. */
const LEAST_ADDRESS_TIMEOUT_MS = 10;

/** A socket that is being connected, without a session on it. */
export function openSocket({ addressTimeoutMs, ...address }: SocketAddress): Socket {
  const options = { ...address, noDelay: true };
  if (addressTimeoutMs === undefined) return createConnection(options);
  const autoSelectFamilyAttemptTimeout = Math.max(LEAST_ADDRESS_TIMEOUT_MS, addressTimeoutMs);
  return createConnection({ ...options, autoSelectFamilyAttemptTimeout });
}
