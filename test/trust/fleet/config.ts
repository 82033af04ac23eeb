import type { Random } from '../random.js';
import { FLEET_FAULTS, type FleetFault, MOVES } from './faults.js';

/** What one fleet is like; all of it follows from the seed. */
export interface FleetConfig {
  readonly servers: number;
  readonly gateways: number;
  readonly workers: number;
  readonly askers: number;
  readonly devices: number;
  readonly secret: string | null;
  readonly requests: number;
  /** How long requests and faults go on. */
  readonly activeMs: number;
  readonly faults: readonly FleetFault[];
  /** How many times each kind of fault comes. */
  readonly strikes: number;
  readonly busLatencyMs: number;
  readonly routeLatencyMs: number;
  readonly deviceLatencyMs: number;
  readonly straysAtChance: number;
  readonly maxPayload: number;
  readonly redialMs: number;
  /** Nothing but devices that move. */
  readonly isCalm: boolean;
  /** On one server, and no device leaves without a word: then nothing can get lost. */
  readonly losesNothing: boolean;
}

/** One world in so many has a thousand devices. */
export const LARGE_WORLDS = 250;
const LARGE_WORLD = 7;
const LARGE = 1_000;

/** What the fleet of a seed is like. */
export function fleetOf(seed: number, random: Random): FleetConfig {
  const isLarge = seed % LARGE_WORLDS === LARGE_WORLD;
  const isCalm = random.chance(0.3);
  const share = random.of([0.2, 0.5, 0.9]);
  const servers = random.of(isCalm ? [1, 1, 2, 3] : [1, 2, 2, 2, 3]);
  const losesNothing = isCalm && servers === 1;
  const faults = FLEET_FAULTS.filter((fault) => {
    if (isCalm) return MOVES.has(fault) && !(losesNothing && fault === 'device-vanishes');
    return random.chance(share);
  });
  const devices = isLarge ? LARGE : random.of([3, 10, 20, 40]);
  return {
    servers,
    gateways: random.of([2, 2, 2, 3]),
    workers: 2,
    askers: 2,
    devices,
    secret: random.chance(0.1) ? 'a long enough secret' : null,
    requests: isLarge ? 3_000 : random.between(100, 250),
    activeMs: random.of([3_000, 20_000, 60_000]),
    faults,
    strikes: random.between(1, 4),
    busLatencyMs: random.of([0, 1, 5]),
    routeLatencyMs: random.of([0, 2, 10, 40]),
    deviceLatencyMs: random.of([0, 2, 20]),
    straysAtChance: random.of([0, 0, 0.2]),
    maxPayload: random.of([4_096, 1024 * 1024]),
    redialMs: random.of([50, 500, 2_000]),
    isCalm,
    losesNothing,
  };
}
