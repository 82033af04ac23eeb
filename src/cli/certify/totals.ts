/** What is counted over all conversations of a run, for the rules about everything that a peer sends. */

import type { LinkRecord } from './record.js';

/** Counts of a run. */
export interface Totals {
  readonly messages: number;
  /** Bytes between frames, and the first of them. */
  readonly noiseBytes: number;
  readonly noiseSample: string;
  /** Frames that broke off or could not be read, by the reason. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often each status came. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Requests of the peer, which nobody answers here. */
  readonly requests: number;
}

export const NO_TOTALS: Totals = {
  messages: 0,
  noiseBytes: 0,
  noiseSample: '',
  faults: {},
  statuses: {},
  requests: 0,
};

/** Of noise, as much is shown. */
const MAX_SAMPLE_LENGTH = 40;

/** The services of requests; their responses follow them. */
const REQUESTS: ReadonlySet<number> = new Set([0, 8, 10, 20, 30]);

/** Adds what came of a conversation. */
export function withRecord(totals: Totals, record: LinkRecord): Totals {
  const faults: Record<string, number> = { ...totals.faults };
  const statuses: Record<number, number> = { ...totals.statuses };
  let { messages, noiseBytes, noiseSample, requests } = totals;
  let isInBrokenFrame = false;
  for (const event of record) {
    const isRest = isInBrokenFrame;
    isInBrokenFrame = event.kind === 'bad frame' && event.reason === 'broken-escape';
    if (event.kind === 'message') {
      messages++;
      const { serviceId, status } = event.message;
      if (REQUESTS.has(serviceId)) requests++;
      else statuses[status] = (statuses[status] ?? 0) + 1;
    } else if (event.kind === 'undecodable') {
      faults[event.reason] = (faults[event.reason] ?? 0) + 1;
    } else if (event.kind === 'bad frame') {
      if (event.reason === 'noise' || event.reason === 'wrong-protocol') {
        // the rest of a frame that broke off
        if (isRest) continue;
        noiseBytes += event.byteLength;
        if (noiseSample === '' && event.sample.length > 0) noiseSample = textOfNoise(event.sample);
      } else faults[event.reason] = (faults[event.reason] ?? 0) + 1;
    }
  }
  return { messages, noiseBytes, noiseSample, faults, statuses, requests };
}

/** Bytes as text that no terminal obeys. */
function textOfNoise(sample: Buffer): string {
  return JSON.stringify(sample.subarray(0, MAX_SAMPLE_LENGTH).toString('latin1')).replace(
    /[\u007f-\u009f\u00ad]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16)}`,
  );
}
