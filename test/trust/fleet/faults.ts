/** What befalls a fleet, by the names under which it is counted. */
export const FLEET_FAULTS = [
  'device-closes',
  'device-vanishes',
  'device-overlaps',
  'twins',
  'gateway-drains',
  'gateway-closes',
  'gateway-dies',
  'gateway-stands-still',
  'bus-cut',
  'bus-silent',
  'bus-stall',
  'server-dies',
  'partition',
  'worker-drains',
  'worker-dies',
] as const;

/** A kind of fault. */
export type FleetFault = (typeof FLEET_FAULTS)[number];

/** Those that only devices do, which no program can tell from what devices do every day: a fleet loses nothing by them. */
export const MOVES: ReadonlySet<FleetFault> = new Set([
  'device-closes',
  'device-vanishes',
  'device-overlaps',
]);
