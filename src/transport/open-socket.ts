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

/** As much as Node reads at once. */
const READ_BYTES = 64 * 1024;
let readBuffer: Buffer | null = null;

/**
 * A socket that is being connected, and reads without garbage: all of them read into one buffer, where Node would allocate
 * 64 KiB for each chunk. A chunk of its event `data` is valid only until the listener returns.
 */
export function openFrugalSocket({ host, port, addressTimeoutMs }: Required<SocketAddress>): Socket {
  readBuffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
  const onread = {
    buffer: readBuffer,
    callback: (byteLength: number, buffer: Uint8Array): boolean => {
      socket.emit('data', buffer.subarray(0, byteLength));
      return true;
    },
  };
  const autoSelectFamilyAttemptTimeout = Math.max(LEAST_ADDRESS_TIMEOUT_MS, addressTimeoutMs);
  const socket: Socket = createConnection({
    host,
    port,
    noDelay: true,
    autoSelectFamilyAttemptTimeout,
    onread,
  });
  return socket;
}
