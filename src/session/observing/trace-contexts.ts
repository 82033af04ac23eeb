/** What a subscriber of the tracing channels gets: who, what and how it ended; never data, never a secret. */

import { type RequestKind, requestKindOf } from '../../protocol/request-kind.js';
import type { Role } from '../../protocol/role.js';
import type { Journal } from '../journal/journal.js';

/** What every context says. Fields that are not known are null. */
export interface TraceContext {
  /** The session, within this process. */
  readonly sessionId: string;
  readonly role: Role;
  /** The server of the two: as configured on a client, the own address of the connection on a server. */
  readonly serverAddress: string | null;
  readonly serverPort: number | null;
  /** Who is at the other end; `host:port` for TCP. While a link is being opened there is nobody yet. */
  peerAddress: string | null;
  /** Why it failed; absent where it did not. An answer with a status is here without its data. */
  error?: unknown;
}

/** A request: of this side (`socket-protocol:request`), or of the peer (`socket-protocol:handle`). */
export interface RequestTraceContext extends TraceContext {
  readonly kind: RequestKind;
  readonly serviceId: number;
  readonly dataId: number;
  /** What the session calls the service: `addService`. */
  readonly serviceName: string;
  /** What the session calls the data: `addData`; null where nobody has named it. A peer cannot set it. */
  readonly dataName: string | null;
  /** The status of the answer; null until there is one. */
  status: number | null;
}

/** An attempt to open a link: `socket-protocol:connect`. */
export type ConnectTraceContext = TraceContext;

/** What a context needs to know of a transport. */
export interface TracedLink {
  readonly address?: string | undefined;
  readonly peerAddress?: string | undefined;
  readonly localAddress?: string | undefined;
}

/** Who talks to whom. */
export function linkContext({ sessionId, role }: Journal, comm: TracedLink): TraceContext {
  const server = role === 'client' ? comm.address : comm.localAddress;
  const [, host = server, port] = server?.match(/^(.*):(\d+)$/) ?? [];
  return {
    sessionId,
    role,
    serverAddress: host?.replace(/^\[(.*)\]$/, '$1') ?? null,
    serverPort: port === undefined ? null : Number(port),
    peerAddress: comm.peerAddress ?? null,
  };
}

/** A request on a link. */
export function requestContext(
  journal: Journal,
  comm: TracedLink,
  serviceId: number,
  dataId: number,
): RequestTraceContext {
  const { vocabulary } = journal;
  return {
    ...linkContext(journal, comm),
    kind: requestKindOf(serviceId),
    serviceId,
    dataId,
    serviceName: vocabulary.serviceName(serviceId),
    dataName: vocabulary.givenDataName(serviceId, dataId) ?? null,
    status: null,
  };
}
