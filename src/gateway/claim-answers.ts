/** The answer to another gateway that has claimed the name of a device here: JSON text, on the subject of that gateway. */

import { isEpoch } from './format/presence.js';

/** An answer to a claim. */
export interface ClaimAnswer {
  /** `contested`: the number of the holder is higher. `refused`: the holder keeps the name for a while, it was taken too often. */
  readonly verdict: 'contested' | 'refused';
  /** The name. */
  readonly device: string;
  /** The number of the claim. */
  readonly about: number;
  /** The number of the holder. */
  readonly epoch: number;
  /** The id of the holder. */
  readonly gateway: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An answer as it travels. */
export function encodeClaimAnswer(answer: ClaimAnswer): Uint8Array {
  return encoder.encode(JSON.stringify(answer));
}

/** An answer; null for anything else. */
export function decodeClaimAnswer(data: Uint8Array): ClaimAnswer | null {
  let value: Partial<Readonly<Record<keyof ClaimAnswer, unknown>>> | null;
  try {
    value = JSON.parse(decoder.decode(data));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { verdict, device, about, epoch, gateway } = value;
  if (verdict !== 'contested' && verdict !== 'refused') return null;
  if (typeof device !== 'string' || typeof gateway !== 'string') return null;
  return isEpoch(about) && isEpoch(epoch) ? { verdict, device, about, epoch, gateway } : null;
}
