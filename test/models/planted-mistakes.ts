/** Mistakes in what is no machine: a class takes the place of the one that those who wait for trust wait in. */

import type { TrustVerdicts } from '../../src/session/handshake/trust-verdicts.js';

/** What is mocked. */
export const TRUST_VERDICTS = 'src/session/handshake/trust-verdicts';

type TrustVerdictsClass = typeof TrustVerdicts;

/** A mistake, and what it must be caught by. */
export interface PlantedMistake {
  readonly name: string;
  /** The class with the mistake. */
  plant(right: TrustVerdictsClass): TrustVerdictsClass;
  /** The test of test/models that catches it. */
  readonly caughtBy: string;
  /** What user, peer or transport see of it. */
  readonly shows: RegExp;
}

/** Where a client is that authenticates when it is asked to, and comes back. */
const CAUGHT_BY = 'session: disconnected, left alone';

/** The mistakes. */
export const PLANTED_MISTAKES: readonly PlantedMistake[] = [
  {
    name: 'who wants trust waits for no link',
    plant: (right) =>
      class extends right {
        override async onNextLink(): Promise<boolean> {
          return false;
        }
      },
    caughtBy: CAUGHT_BY,
    shows: /expected open at \d+ ms, got/,
  },
  {
    name: 'no attempt is made sooner for who wants trust',
    plant: (right) =>
      class extends right {
        override get firstDeadlineMs(): number {
          return Number.POSITIVE_INFINITY;
        }
      },
    caughtBy: CAUGHT_BY,
    shows: /expected open at \d+ ms, got open at \d+ ms/,
  },
  {
    name: 'who waits for a verdict makes an attempt due sooner',
    plant: (right) =>
      class extends right {
        readonly #dueMs = new Set<number>();
        readonly #now: () => number;
        constructor(...args: ConstructorParameters<TrustVerdictsClass>) {
          super(...args);
          this.#now = () => args[0].now();
        }
        override get firstDeadlineMs(): number {
          return Math.min(...this.#dueMs);
        }
        override onNextLink(timeoutMs: number, missed: () => void): Promise<boolean> {
          const dueMs = this.#now() + timeoutMs;
          this.#dueMs.add(dueMs);
          const decided = super.onNextLink(timeoutMs, missed);
          decided.then(() => this.#dueMs.delete(dueMs));
          return decided;
        }
      },
    caughtBy: CAUGHT_BY,
    shows: /expected open at \d+ ms, got open at \d+ ms/,
  },
  {
    name: 'a handshake has the whole time of who waited for its link',
    plant: (right) =>
      class extends right {
        #longestMs = 0;
        override onNextLink(timeoutMs: number, missed: () => void): Promise<boolean> {
          this.#longestMs = Math.max(this.#longestMs, timeoutMs);
          return super.onNextLink(timeoutMs, missed);
        }
        override linkOpened(): number {
          const isAwaited = super.linkOpened() > 0;
          const timeoutMs = this.#longestMs;
          this.#longestMs = 0;
          return isAwaited ? timeoutMs : 0;
        }
      },
    caughtBy: CAUGHT_BY,
    shows:
      /expected authenticationFailed: no-answer at \d+ ms, got authenticationFailed: no-answer at \d+ ms/,
  },
  {
    name: 'a handshake has the time of the first of those who waited for its link',
    plant: (right) =>
      class extends right {
        readonly #dueMs: number[] = [];
        readonly #now: () => number;
        constructor(...args: ConstructorParameters<TrustVerdictsClass>) {
          super(...args);
          this.#now = () => args[0].now();
        }
        override onNextLink(timeoutMs: number, missed: () => void): Promise<boolean> {
          this.#dueMs.push(this.#now() + timeoutMs);
          return super.onNextLink(timeoutMs, missed);
        }
        override linkOpened(): number {
          const left = this.#dueMs.splice(0).map((dueMs) => dueMs - this.#now());
          return super.linkOpened() === 0 ? 0 : Math.min(...left.filter((leftMs) => leftMs > 0));
        }
      },
    caughtBy: CAUGHT_BY,
    shows: /expected \d+: false at \d+ ms, got \d+: false at \d+ ms/,
  },
];
