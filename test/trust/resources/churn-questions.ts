/** The questions to the process that opens and closes sessions. */

/** What a process holds. */
export interface Holdings {
  readonly sessions: number;
  /** Objects of these classes that are alive after garbage collection. */
  readonly objects: Readonly<Record<string, number>>;
  /** What keeps the event loop going, by kind. */
  readonly handles: Readonly<Record<string, number>>;
  readonly listeners: number;
  readonly heapBytes: number;
  /** What was thrown and not caught. */
  readonly uncaught: readonly string[];
}

/** What can be asked, in words. */
export type ChurnQuestions = {
  listen: { told: null; answer: null };
  churn: { told: { sessions: number }; answer: null };
  holdings: { told: null; answer: Holdings };
};
