/// <reference types="node" preserve="true" />
/** The only door of the library: everything that a program needs, by name. */

export { type Clock, systemClock } from './base/clock.js';
export type { AbortSignalLike } from './base/signals.js';
export type { WarningCode } from './base/warnings.js';
export { type ConnectOptions, connect } from './client/connect.js';
export type { ContractClient } from './contract/client.js';
export { type Contract, type ContractEntries, contract, isContract } from './contract/contract.js';
export { type ContractDescription, type ContractInfo, describeContract } from './contract/describe.js';
export {
  type ContractEntry,
  type EntryKind,
  type EntryTypes,
  execute,
  read,
  request,
  write,
} from './contract/entries.js';
export type { ContractHandlers } from './contract/handlers.js';
export type { JsonSchemaConverter, SchemaInput, SchemaOutput, StandardSchema } from './contract/schema.js';
export type { AnsweringSide, AskingSide } from './contract/sides.js';
export type { ErrorCode } from './protocol/error-brand.js';
export {
  type AnySocketProtocolError,
  AuthenticationError,
  BusError,
  type BusFacts,
  ConnectError,
  ConnectionLostError,
  isSocketProtocolError,
  LeaseError,
  ListenError,
  MiddlewareError,
  NoSuchPeerError,
  OptionError,
  RequestSidExistsError,
  ResponseSidExistsError,
  SessionClosedError,
  SocketProtocolError,
  StatusError,
  type StatusErrorOptions,
  TimeoutError,
  TooManyRequestsError,
  ValidationError,
  type ValidationFacts,
  type ValidationIssue,
} from './protocol/errors.js';
export {
  AUTH_STATE__NAMES,
  AUTH_STATE_KEY_TRANSFERRED,
  AUTH_STATE_SEED_REQUESTED,
  AUTH_STATE_SEED_TRANSFERRED,
  AUTH_STATE_TRUSTED_CONNECTION,
  AUTH_STATE_UNTRUSTED_CONNECTION,
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID__NAMES,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
  STATUS__NAMES,
  STATUS_AUTH_REQUIRED,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_CALLBACK_ERROR,
  STATUS_CHECKSUM_ERROR,
  STATUS_LOG_LVL,
  STATUS_OKAY,
  STATUS_OPERATION_NOT_PERMITTED,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from './protocol/ids.js';
export { type JsonValue, Message, type MessageFields, type PlainData } from './protocol/message.js';
export {
  type AuthenticationReason,
  type BusReason,
  type DecodingDropReason,
  type DropReason,
  type FramingDropReason,
  type LeaseReason,
  type LinkReason,
  type ListenReason,
  type MiddlewareReason,
  type NoteCode,
  type PeerRefusalReason,
  REASONS,
  type Reason,
  type RefusalReason,
  type StatusReason,
  type TimeoutReason,
  textOfReason,
  type ValidationReason,
} from './protocol/reasons.js';
export type { RequestKind } from './protocol/request-kind.js';
export type { Role } from './protocol/role.js';
export type {
  BroadcastMessage,
  BroadcastResult,
  BroadcastValue,
} from './server/broadcast.js';
export type { ServerCloseReport } from './server/close-report.js';
export type { DuplicateNames, GroupOf } from './server/directory.js';
export { DEFAULT_MAX_CONNECTIONS, listen } from './server/listen.js';
export type { BackoffOptions, ListenOptions } from './server/listen-options.js';
export type { NamedPeer } from './server/named-peer.js';
export type { BroadcastOptions, PeerRequestOptions } from './server/peer-options.js';
export type { PeerNameOf } from './server/secure-door.js';
export type { Server } from './server/server.js';
export type { ServerCounters } from './server/server-counters.js';
export type { PeerRefusal, ServerEvents } from './server/server-events.js';
export type { ServerStats } from './server/server-stats.js';
export type { ServerSessions } from './server/session-set.js';
export type { CloseOptions, CloseReport } from './session/close-options.js';
export type { FailureKind } from './session/flight/failures.js';
export type {
  Failure,
  FlightDrop,
  FlightEntry,
  FlightMessage,
  FlightNote,
  FlightRecord,
  FlightState,
} from './session/flight/flight-record.js';
export type { SignsOfLife } from './session/flight/recorder.js';
export { type DeriveKey, deriveKey } from './session/handshake/authenticator.js';
export type { Counters, Drop } from './session/journal/counters.js';
export {
  LOG_LEVEL,
  type Logger,
  type LogLevelName,
  MAX_CHANNEL_NAME_LENGTH,
} from './session/journal/logging.js';
export type {
  Observation,
  Observe,
  ObservedDrop,
  ObservedLoss,
  ObservedMessage,
  ObservedNote,
  ObservedSession,
  ObservedTimeout,
} from './session/journal/observation.js';
export type { SessionEvents } from './session/journal/session-events.js';
export { stdoutLogging } from './session/journal/stdout-logging.js';
export { type RetryOptions, retry } from './session/middleware/retry.js';
export type {
  Answer,
  GivenAnswer,
  IncomingRequest,
  Middleware,
  Next,
  OutgoingRequest,
  RequestChange,
} from './session/middleware/types.js';
export type { LatencyHistogram, RequestLatencies } from './session/observing/latency.js';
export { type OperationChannel, type TraceEventChannel, tracing } from './session/observing/trace.js';
export type {
  ConnectTraceContext,
  RequestTraceContext,
  TraceContext,
} from './session/observing/trace-contexts.js';
export type {
  HeartbeatOptions,
  InspectedEvent,
  Inspector,
  InspectorObserver,
  SessionOptions,
} from './session/options.js';
export { type ProtocolOptions, PureJsonProtocol, StructJsonProtocol } from './session/protocols.js';
export type { Callback, CallbackResult } from './session/receiving/callbacks.js';
export type { RequestOptions } from './session/request-options.js';
export { type Handler, Session } from './session/session.js';
export type { SessionStats } from './session/stats.js';
export type { MessagesOptions, StatesOptions, WatchOptions } from './session/watching/options.js';
export type {
  ConnectionState,
  MessageIterator,
  Reading,
  ReadingIterator,
  StateIterator,
} from './session/watching/types.js';
export type {
  CommInstance,
  ConnectCallback,
  DataCallback,
  DisconnectCallback,
  LinkLimits,
  ReconnectPolicy,
  Unconfirmed,
} from './transport/comm-instance.js';
export type { OriginalCommInstance } from './transport/foreign-comm.js';
export {
  createMemoryPair,
  type MemoryComm,
  type MemoryPair,
  type MemoryPairOptions,
} from './transport/memory.js';
export { createMemoryListener, type MemoryListener } from './transport/memory-streams.js';
export { type StreamOptions, type StreamSource, StreamStp } from './transport/stream.js';
export { type ReconnectOptions, type TcpClientOptions, TcpClientStp } from './transport/tcp-client.js';
export { type TcpServerOptions, TcpServerStp } from './transport/tcp-server.js';
export type {
  Pem,
  PskSecrets,
  TlsClientOption,
  TlsClientOptions,
  TlsOptions,
  TlsServerOption,
  TlsServerOptions,
  TlsServerSource,
} from './transport/tls/options.js';
export type { PeerCertificate } from './transport/tls/peer-certificate.js';
export type { TlsPeer } from './transport/tls/secure-server.js';
export type { OtherProtocol, StpDrop } from './wire/stp.js';
