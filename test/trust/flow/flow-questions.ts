/** What both peers of the stages do at once, each in a process of its own. */

import type { DropReason, LinkReason } from '../../../src/index.js';

/** One thing that a peer does to the other. */
export type Act =
  /** Reads so many times so much, all at once. */
  | { readonly kind: 'read'; readonly count: number; readonly byteLength: number }
  /** Sends so many messages of so much, one after the other. */
  | { readonly kind: 'send'; readonly count: number; readonly byteLength: number }
  /** Lets the other echo so much so many times, all at once; the answers come later. */
  | { readonly kind: 'echo'; readonly count: number; readonly byteLength: number }
  /** Asks so many things at once whose callbacks ask back, so deep. */
  | { readonly kind: 'nested'; readonly count: number; readonly depth: number }
  /** Does nothing but answer. */
  | { readonly kind: 'answer' };

/** What came of it at one peer. */
export interface Acted {
  /** How many were sent or answered in full. */
  readonly done: number;
  /** What became of the others, by what they ended with. */
  readonly failed: Readonly<Record<string, number>>;
}

/** How a peer is when both have acted. */
export interface PeerState {
  /** Messages of `send` that arrived, each as long as it was said to be. */
  readonly arrived: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly disconnects: readonly LinkReason[];
}

/** What the process of the server can be asked. */
export type FlowQuestions = {
  listen: { told: null; answer: number };
  act: { told: Act; answer: Acted };
  state: { told: { readonly awaits: number }; answer: PeerState };
};
