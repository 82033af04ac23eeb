import type { ServerCloseReport } from '../../../src/index.js';

/** One server, its clients, and when it ends. */
export interface EndingPlan {
  readonly seed: number;
  /** Whether it drains; else it closes at once. */
  readonly drains: boolean;
  readonly clients: number;
  /** Of each client, all at once. */
  readonly requests: number;
  /** Of a request, in characters: what is still on its way when the server ends, and never read. */
  readonly requestLength: number;
  /** Of an answer, in characters. */
  readonly answerLength: number;
  /** How long a callback takes at most; only of a server that drains. */
  readonly callbackMs: number;
  /** It is told to end when so many callbacks have begun. */
  readonly endsAfter: number;
  /** What its road carries each way; null: the road is none. */
  readonly bytesPerMs: number | null;
}

/** What one server has done. */
export interface EndingResult {
  /** The requests whose callbacks began. */
  readonly begun: readonly number[];
  readonly report: ServerCloseReport;
}

/** What the process with the servers can be asked. */
export type EndingQuestions = {
  /** Opens a server for each plan; answers with their ports. */
  open: { told: readonly EndingPlan[]; answer: readonly number[] };
  /** Answers when all of them have ended. */
  results: { told: null; answer: readonly EndingResult[] };
};
