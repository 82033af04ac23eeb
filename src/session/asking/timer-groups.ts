/** Groups of deadlines that are equally long, and a heap that finds the group whose first deadline ends next. */

/** What has a deadline: it carries its own place in a group. */
export class Timed {
  /** When its time is over, by the clock. */
  dueMs = 0;
  timerGroup: TimerGroup | null = null;
  sooner: Timed | null = null;
  later: Timed | null = null;
}

/** Those that wait equally long, soonest first. */
export class TimerGroup {
  readonly lengthMs: number;
  first: Timed | null = null;
  last: Timed | null = null;
  /** Where the heap has it: never later than the first of its members, and perhaps earlier. */
  dueMs: number;
  /** Its index in the heap; -1 when it has left it. */
  place = -1;

  constructor(lengthMs: number, dueMs: number) {
    this.lengthMs = lengthMs;
    this.dueMs = dueMs;
  }

  append(timed: Timed): void {
    timed.timerGroup = this;
    timed.sooner = this.last;
    if (this.last === null) this.first = timed;
    else this.last.later = timed;
    this.last = timed;
  }

  remove(timed: Timed): void {
    if (timed.sooner === null) this.first = timed.later;
    else timed.sooner.later = timed.later;
    if (timed.later === null) this.last = timed.sooner;
    else timed.later.sooner = timed.sooner;
    timed.timerGroup = timed.sooner = timed.later = null;
  }
}

/** A binary heap of groups, soonest on top. */
export class TimerGroups {
  readonly #groups: TimerGroup[] = [];

  get size(): number {
    return this.#groups.length;
  }

  get soonest(): TimerGroup | undefined {
    return this.#groups[0];
  }

  add(group: TimerGroup): void {
    this.#put(group, this.#groups.length);
    this.#rise(group);
  }

  /** Moves a group down to where its `dueMs` belongs, which has become later. */
  postpone(group: TimerGroup, dueMs: number): void {
    group.dueMs = dueMs;
    this.#sink(group);
  }

  remove(group: TimerGroup): void {
    const { place } = group;
    const last = this.#groups.pop();
    group.place = -1;
    if (last === undefined || last === group) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  clear(): void {
    for (const group of this.#groups) group.place = -1;
    this.#groups.length = 0;
  }

  #rise(group: TimerGroup): void {
    for (;;) {
      const { place } = group;
      const above = this.#groups[(place - 1) >> 1];
      if (above === undefined || above.dueMs <= group.dueMs) return;
      this.#put(above, place);
      this.#put(group, (place - 1) >> 1);
    }
  }

  #sink(group: TimerGroup): void {
    for (;;) {
      const { place } = group;
      const left = this.#groups[2 * place + 1];
      const right = this.#groups[2 * place + 2];
      const below = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
      if (below === undefined || below.dueMs >= group.dueMs) return;
      const at = below.place;
      this.#put(below, place);
      this.#put(group, at);
    }
  }

  #put(group: TimerGroup, place: number): void {
    this.#groups[place] = group;
    group.place = place;
  }
}
