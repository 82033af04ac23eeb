/** The questions to the process with the server. */

import type { LinkReason, ListenOptions, ServerCounters } from '../../../src/index.js';
import type { Memory } from './memory.js';

/** How a server is set up: options that can be sent to another process, and how it answers read requests. */
export interface ServerSetup {
  readonly options: Omit<ListenOptions, 'port' | 'codec' | 'logger' | 'inspect' | 'deriveKey' | 'clock'>;
  /** How long the answer to a read request of {@link ANSWERED} is, in characters. */
  readonly answerLength?: number;
  /** How long its callback takes, in milliseconds. */
  readonly answersAfterMs?: number;
  /** A port where it has listened before; a free one unless set. */
  readonly port?: number;
  /** Whether its callback is an async one. */
  readonly answersLater?: boolean;
  /** Whether it may be read before trust. */
  readonly isWhitelisted?: boolean;
}

/** The data id that the server answers. */
export const ANSWERED = 0;

/** How the server is. */
export interface ServerState {
  readonly sessions: number;
  readonly trusted: number;
  readonly counters: ServerCounters;
  /** What was dropped of the peers that are connected. */
  readonly drops: number;
  /** The most output that waits on one socket. */
  readonly queuedBytes: number;
  /** Why connections ended, since the server listens. */
  readonly reasons: Readonly<Partial<Record<LinkReason, number>>>;
  /** What was thrown and not caught. */
  readonly uncaught: readonly string[];
}

/** How late the event loop was, in milliseconds. */
export interface LoopDelay {
  readonly p99: number;
  readonly max: number;
}

/** What was seen of a peer's output since `watch output`. */
export interface OutputSeen {
  /** The most bytes that waited on one socket. */
  readonly maxQueuedBytes: number;
  /** How many sockets were over the limit that was told. */
  readonly socketsOver: number;
  /** The longest time that one was over it, until it closed; in milliseconds. */
  readonly maxMsOver: number;
}

/** What can be asked, in words. */
export type ServerQuestions = {
  /** Listens anew, where it has listened before; answers with the port. */
  listen: { told: ServerSetup; answer: number };
  memory: { told: null; answer: Memory };
  state: { told: null; answer: ServerState };
  'watch the loop': { told: null; answer: null };
  'loop delay': { told: null; answer: LoopDelay };
  'watch output': { told: { limitBytes: number }; answer: null };
  'output seen': { told: null; answer: OutputSeen };
};
