/** What a session drops, as `monitor` prints it. */

import { type DropReason, FRAMING_DROPS, textOfReason } from '../../protocol/reasons.js';
import type { Observation } from '../../session/journal/observation.js';
import { textOfSample } from './item-text.js';

/** Something that was dropped, and why. */
export interface DropFields {
  readonly detail: string;
  readonly reason: DropReason;
}

/**
 * Makes an observer that hears of what is dropped, with what it was: a device that prints to the line says so itself.
 *
 * @param onDrop gets each
 */
export function dropObserver(onDrop: (fields: DropFields) => void): (observation: Observation) => void {
  return (observation) => {
    if (observation.type !== 'dropped') return;
    const { reason, detail, payload, byteLength } = observation;
    if (!Object.hasOwn(FRAMING_DROPS, reason)) return onDrop({ detail, reason });
    const sample = payload === null ? '' : textOfSample({ sample: payload, byteLength });
    onDrop({ detail: `${detail} (${textOfReason(reason)})${sample}`, reason });
  };
}
