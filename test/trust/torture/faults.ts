/**
 * Counts the calls of everything that may fail, and lets one of them fail: the n-th of a kind, and as many of that kind
 * after it as are asked for.
 */

/** What the things that fail throw. */
export class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
}

/** The sides of a session. */
export type SideName = 'client' | 'server';

/** Which call fails: the `call`-th (from 1) of a kind, and the `times - 1` after it. */
export interface Point {
  /** `client.send throws`, `server.logger.debug throws`, …; begins with a side. */
  readonly kind: string;
  readonly call: number;
  readonly times: number;
}

/** The faults of one run. */
export class Faults {
  readonly #counts = new Map<string, number>();
  readonly #point: Point | null;
  #isOver = false;
  /** Whether something has failed. */
  hasFired = false;

  /** @param point null: nothing fails, calls are counted */
  constructor(point: Point | null) {
    this.#point = point;
  }

  /** How often each kind was called, until {@link end}. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** From now on nothing fails and nothing is counted. */
  end(): void {
    this.#isOver = true;
  }

  /** Counts a call; whether it must fail. */
  hits(kind: string): boolean {
    if (this.#isOver) return false;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const point = this.#point;
    if (point === null || point.kind !== kind) return false;
    if (count < point.call || count >= point.call + point.times) return false;
    this.hasFired = true;
    return true;
  }

  /** Counts a call; throws where it must fail. */
  check(kind: string): void {
    if (this.hits(kind)) throw new InjectedFailure(kind);
  }
}
