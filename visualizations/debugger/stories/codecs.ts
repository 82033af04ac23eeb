/** How programs are given a codec. */

import type { Step } from './story.js';

export const STRUCT = 'struct_json';

/**
 * A line for a program with this library.
 *
 * @param codec the codec that it is to speak
 * @param text what to do, up to that line
 */
export function codecInProgram(codec: string, text: string): Step {
  // the codec of old peers has to be imported, the other one is the default
  return codec === STRUCT
    ? { text: `${text}, with structJson of socket-protocol/wire:`, code: 'codec: structJson' }
    : { text: `${text}:`, code: 'codec: pureJson' };
}
