export {
  type AuthenticationEvent,
  type AuthenticationInput,
  type AuthenticationReport,
  authenticationMachine,
} from './authentication.js';
export { type BusLinkEvent, type BusLinkInput, busLinkMachine } from './bus-link.js';
export { type ChannelNameEvent, channelNameMachine } from './channel-name.js';
export {
  type ConnectionEvent,
  type ConnectionInput,
  type ConnectionReport,
  connectionMachine,
} from './connection.js';
export { type DevicePresenceEvent, devicePresenceMachine } from './device-presence.js';
export { type DrainEvent, type DrainInput, type DrainReport, drainMachine } from './drain.js';
export { type HeartbeatEvent, type HeartbeatReport, heartbeatMachine } from './heartbeat.js';
export { type LeaseEvent, leaseMachine } from './lease.js';
export { type NameClaimEvent, nameClaimMachine } from './name-claim.js';
export { type PendingRequestEvent, pendingRequestMachine } from './pending-request.js';
export {
  type PendingRequestsEvent,
  type PendingRequestsLogic,
  type PendingRequestsReport,
  type SessionAnnouncement,
  type SessionEvent,
  type SessionInput,
  sessionMachine,
} from './session.js';
export { type SharedDeviceEvent, sharedDeviceMachine } from './shared-device.js';
export { type WatchEvent, watchMachine } from './watch.js';
