import { Message } from '../../src/index.js';
import { pureJson } from '../../src/wire/index.js';

/** The first line of a recording of two peers that speak pure_json. */
export const RECORDING_HEADER =
  '{"recording":"socket-protocol","version":1,"codec":"pure_json","started":"2026-01-01T00:00:00Z"}\n';
/** The first line of a recording of the debugger. */
export const DEBUGGER_HEADER = '{"recording":"socket-protocol debugger","version":1}\n';

/** A recorded message; everything but its sender and its ids has a default. */
export interface Recorded {
  readonly from: 'client' | 'server';
  readonly serviceId: number;
  readonly dataId: number;
  readonly data?: unknown;
  readonly ms?: number;
  readonly connection?: number;
}

/** The line of a message in a recording. */
export function recordedLine({
  from,
  serviceId,
  dataId,
  data = null,
  ms = 1,
  connection = 1,
}: Recorded): string {
  const payload = Buffer.from(pureJson.encode(new Message({ serviceId, dataId, data }))).toString('hex');
  return `${JSON.stringify({ ms, connection, from, payload })}\n`;
}

/** The lines of a read request of the client and its answer by the server. */
export function recordedRead(dataId: number, data: unknown, ms = 1): string {
  return (
    recordedLine({ from: 'client', serviceId: 10, dataId, ms }) +
    recordedLine({ from: 'server', serviceId: 11, dataId, data, ms })
  );
}
