/** What a bad network does to a connection: the eight toxics of toxiproxy, by its names. */

import type { Random } from '../random.js';

/** The kinds of toxics. */
export const TOXIC_KINDS = [
  'latency',
  'bandwidth',
  'slow_close',
  'timeout',
  'reset_peer',
  'slicer',
  'limit_data',
  'down',
] as const;

export type ToxicKind = (typeof TOXIC_KINDS)[number];

/** `upstream`: what the client sends. */
export type Direction = 'upstream' | 'downstream';

/** What one direction of a connection suffers; what is left out does not happen. All times in milliseconds. */
export interface Toxics {
  /** Bytes arrive later, by this and up to the jitter more. */
  readonly latency?: { readonly delayMs: number; readonly jitterMs: number };
  readonly bandwidth?: { readonly bytesPerMs: number };
  /** The end arrives later. */
  readonly slow_close?: { readonly delayMs: number };
  /** Nothing arrives, and then the connection ends. */
  readonly timeout?: { readonly afterMs: number };
  /** The connection is reset. */
  readonly reset_peer?: { readonly afterMs: number };
  /** Bytes arrive in small pieces. */
  readonly slicer?: { readonly pieceLength: number; readonly gapMs: number };
  /** The connection ends after so many bytes. */
  readonly limit_data?: { readonly bytes: number };
}

/** When the proxy is away: it drops its connections and takes no others. */
export interface Outage {
  readonly afterMs: number;
  readonly lengthMs: number;
}

/** What the network of one session does. */
export interface NetworkPlan {
  readonly upstream: Toxics;
  readonly downstream: Toxics;
  readonly down: Outage | null;
}

/** Up to two toxics at once in each direction; the others are rare in the wild. */
const MAX_TOXICS = 2;

/** A network by chance. */
export function planNetwork(random: Random): NetworkPlan {
  const kinds = new Set<ToxicKind>();
  for (let i = random.between(1, MAX_TOXICS); i > 0; i--) kinds.add(random.of(TOXIC_KINDS));
  const upstream: Record<string, unknown> = {};
  const downstream: Record<string, unknown> = {};
  for (const kind of kinds) {
    if (kind === 'down') continue;
    const where = random.below(3);
    if (where !== 0) upstream[kind] = settingsOf(kind, random);
    if (where !== 1) downstream[kind] = settingsOf(kind, random);
  }
  const down = kinds.has('down') ? { afterMs: random.below(60), lengthMs: random.between(1, 60) } : null;
  return { upstream, downstream, down };
}

/** Small numbers: a session lasts a fraction of a second. */
function settingsOf(kind: Exclude<ToxicKind, 'down'>, random: Random): Toxics[typeof kind] {
  switch (kind) {
    case 'latency':
      return { delayMs: random.below(40), jitterMs: random.below(80) };
    case 'bandwidth':
      return { bytesPerMs: random.between(2, 60) };
    case 'slow_close':
      return { delayMs: random.between(5, 80) };
    case 'timeout':
      return { afterMs: random.between(20, 300) };
    case 'reset_peer':
      return { afterMs: random.between(20, 300) };
    case 'slicer':
      return { pieceLength: random.between(1, 20), gapMs: random.below(2) };
    case 'limit_data':
      // about what a session sends in one direction: with more, hardly one gets that far
      return { bytes: random.between(100, 1_500) };
  }
}
