/** The door of `socket-protocol/gateway`: explicit exports, nothing else. */

export type { ServiceIds } from '../base/service-ids.js';
export type {
  Bus,
  BusHeaders,
  BusMessage,
  BusRequestOptions,
  BusState,
  BusSubscription,
  PublishOptions,
  RequestAllOptions,
  SubscribeOptions,
} from '../bus/bus.js';
export { type MemoryBus, type MemoryBusOptions, type MemoryBusStats, memoryBus } from '../bus/memory-bus.js';
export type { DevicesIterator } from '../workers/device-events.js';
export type { ListedDevice } from '../workers/device-list.js';
export {
  Devices,
  type DevicesOptions,
  type DevicesStats,
  devices,
  type ListDevicesOptions,
  type WatchDevicesOptions,
} from '../workers/devices.js';
export type { WorkerHandlers } from '../workers/handler-types.js';
export type { DevicesEvent, GatewayChange } from '../workers/presence-view.js';
export { RemoteDevice } from '../workers/remote-device.js';
export {
  Worker,
  type WorkerCloseReport,
  type WorkerEvents,
  type WorkerOptions,
  type WorkerStats,
  worker,
} from '../workers/worker.js';
export { WorkerMessage } from '../workers/worker-message.js';
export type { PresenceState } from './device-actor.js';
export type {
  DeviceArrived,
  DeviceLeft,
  GatewayEvent,
  PresenceEvent,
  PresenceList,
  PresentDevice,
} from './format/presence.js';
export { decodeWord, encodeWord } from './format/subjects.js';
export { gateway } from './gateway.js';
export type { GatewayOptions } from './gateway-options.js';
export type { GatewayStats } from './gateway-stats.js';
export type { DeviceView, Gateway, GatewayCloseReport, GatewayEvents } from './running-gateway.js';
