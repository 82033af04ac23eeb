/** Time as an argument: a test owns it. XState's actors take the same object as their clock. */
export interface Clock {
  /** Calls `callback` once, `delayMs` from now. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Milliseconds since some moment; never goes backwards. */
  now(): number;
}

/** The clock of the machine that the program runs on. */
export const systemClock: Clock = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  now: () => performance.now(),
};
