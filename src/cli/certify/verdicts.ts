/** Makes verdicts. */

import type { Verdict } from './rule.js';

/** The peer does what the rule says. */
export const HOLDS: Verdict = { kind: 'holds', text: '' };

/** The peer does something else. */
export const differs = (text: string): Verdict => ({ kind: 'differs', text });

/** The peer does something else, which is accepted. */
export const observed = (text: string): Verdict => ({ kind: 'observed', text });

/** Nobody knows, and why. */
export const notJudged = (text: string): Verdict => ({ kind: 'not judged', text });
