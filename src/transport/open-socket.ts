import { createConnection, type Socket } from 'node:net';

/** Where to connect to. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
  /** How long each address of a name with several may take. */
  readonly addressTimeoutMs?: number;
}

/** Node refuses less. */
const LEAST_ADDRESS_TIMEOUT_MS = 10;

/** A socket that is being connected, without a session on it. */
export function openSocket({ host, port, addressTimeoutMs }: SocketAddress): Socket {
  if (addressTimeoutMs === undefined) return createConnection({ host, port, noDelay: true });
  const autoSelectFamilyAttemptTimeout = Math.max(LEAST_ADDRESS_TIMEOUT_MS, addressTimeoutMs);
  return createConnection({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout });
}
