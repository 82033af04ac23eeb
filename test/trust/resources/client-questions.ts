/** The questions to the process with clients. */

import type { ConnectOptions, Counters } from '../../../src/index.js';

/** Options of clients that can be sent to another process. */
export type ClientOptions = Omit<
  ConnectOptions,
  'codec' | 'logger' | 'inspect' | 'deriveKey' | 'clock' | 'signal'
>;

/** How clients fared that connected at the same moment. */
export interface HerdSeen {
  readonly trusted: number;
  /** Why others were not let in, each once. */
  readonly failures: readonly string[];
  /** Until the last was settled. */
  readonly ms: number;
}

/** What became of requests. */
export interface Asked {
  readonly answered: number;
  readonly timedOut: number;
  /** Failed in any other way. */
  readonly failed: number;
}

/** How a link died. */
export interface Death {
  /** From the question to the event. */
  readonly ms: number;
  readonly reason: string;
  readonly counters: Counters;
}

/** What can be asked, in words. */
export type ClientQuestions = {
  /** Clients that connect in one tick; they stay. */
  connect: { told: { count: number; options: ClientOptions }; answer: HerdSeen };
  'how many are trusted': { told: null; answer: number };
  /** Every client asks again and again, whatever becomes of it. */
  'keep asking': { told: { everyMs: number; timeoutMs: number }; answer: null };
  /** Stops; answers when all that was asked is settled. */
  'stop asking': { told: null; answer: Asked };
  /** Every client sends again and again, and waits for nothing. */
  'keep sending': { told: { everyMs: number }; answer: null };
  /**
   * The first client asks at a steady rate for so long, whether it has been answered or not: else one long wait would
   * count once, and the many short ones around it a thousand times. The median, in milliseconds.
   */
  'median of reads': { told: { everyMs: number; forMs: number }; answer: number };
  /** Waits until the link of each client has died. */
  'wait for deaths': { told: null; answer: readonly Death[] };
};
