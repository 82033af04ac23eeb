import type { Random } from '../random.js';
import { FAULTS, type Fault, FORGING_FAULTS, LASTING_FAULTS } from './faults.js';

/** Secrets that no log, inspector or error may show: every world looks for this text in what it printed. */
export const CANARY = 'CANARY';
export const SECRET = `${CANARY}-right-a-long-secret`;
export const OTHER_SECRET = `${CANARY}-other-a-long-secret`;

/** So many clients are a herd. */
export const HERD = 6;

/** What one world is like; all of it follows from the seed. */
export interface WorldConfig {
  /** Whether its links are streams that are no sockets: so is one world in eight. */
  readonly isOverStreams: boolean;
  readonly serverSecret: string | null;
  readonly clientSecret: string | null;
  readonly isAutoAuthOn: boolean;
  readonly clients: number;
  /** One of the clients, the last, has an old secret. */
  readonly hasBadNeighbour: boolean;
  /** How long a client whose key was refused stays away; false: for ever. */
  readonly refusedDelayMs: number | false;
  readonly codec: 'pure' | 'struct';
  /** Each request has ids of its own. */
  readonly hasUniqueKeys: boolean;
  readonly faults: readonly Fault[];
  /** Somebody puts whole frames of his own into the streams. */
  readonly isHostile: boolean;
  readonly hasLogger: boolean;
  readonly hasInspector: boolean;
  readonly hasSmallLimits: boolean;
  readonly hasLargePayloads: boolean;
  readonly lateAnswerGraceMs: number;
  readonly callbackTimeoutMs: number;
  readonly operations: number;
  /** How long operations and faults go on. */
  readonly activeMs: number;
  readonly latencyMs: number;
}

/** Who has which secret: client, server, weight. */
const SECRETS: readonly (readonly [client: string | null, server: string | null])[] = [
  ...Array.from({ length: 11 }, () => [SECRET, SECRET] as const),
  [null, null],
  [null, null],
  [null, null],
  [OTHER_SECRET, SECRET],
  [OTHER_SECRET, SECRET],
  [null, SECRET],
  [SECRET, null],
];

/** One world in so many is over streams, and which one: none of the seeds that are kept because they once failed. */
export const STREAM_WORLDS = 8;
const STREAM_WORLD = 3;

/** What the world of a seed is like: a random part of all faults is on, so that their combinations vary. */
export function configOf(seed: number, random: Random): WorldConfig {
  const [clientSecret, serverSecret] = random.of(SECRETS);
  const share = random.of([0, 0.15, 0.4, 0.7]);
  const codec = random.chance(0.12) ? 'struct' : 'pure';
  // one byte of XOR takes an inserted zero for a part of the message: nothing can be promised there
  const isChecked = codec === 'pure';
  const faults = FAULTS.filter((fault) => random.chance(share) && (isChecked || !FORGING_FAULTS.has(fault)));
  const isHostile = random.chance(0.3) && isChecked;
  const isAutoAuthOn = random.chance(0.85);
  const hasBadNeighbour =
    faults.includes('bad-neighbour') &&
    isAutoAuthOn &&
    clientSecret === SECRET &&
    serverSecret === SECRET &&
    random.chance(0.25);
  const hasHerd = faults.includes('herd') && random.chance(0.06);
  const lasts = faults.some((fault) => LASTING_FAULTS.has(fault)) && random.chance(0.1);
  const forges = faults.some((fault) => FORGING_FAULTS.has(fault));
  return {
    isOverStreams: seed % STREAM_WORLDS === STREAM_WORLD,
    clientSecret,
    serverSecret,
    isAutoAuthOn,
    clients: hasHerd ? random.between(HERD, 12) : hasBadNeighbour || random.chance(0.15) ? 2 : 1,
    hasBadNeighbour,
    refusedDelayMs: random.of([5_000, 10_000, 20_000, false]),
    codec,
    hasUniqueKeys: forges || isHostile || random.chance(0.25),
    faults,
    isHostile,
    hasLogger: random.chance(0.08),
    hasInspector: random.chance(0.02),
    hasSmallLimits: random.chance(0.15),
    hasLargePayloads: random.chance(0.1),
    lateAnswerGraceMs: random.of([200, 1_000, 30_000]),
    callbackTimeoutMs: random.of([150, 30_000]),
    operations: random.between(2, 10),
    activeMs: lasts ? 60_000 : random.of([100, 600, 3_000]),
    latencyMs: random.of([0, 1, 10]),
  };
}
