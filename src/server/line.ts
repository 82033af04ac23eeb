/**
 * Members in the order in which they joined. A Set does as much, but not for what comes and goes all the time: now and then it
 * takes a new table, and the one before, once it is among the old objects, holds what was in it and the next table until
 * all old objects are collected. Three of four closed connections outlived the collection of the young in this way. Here
 * nothing holds an entry that has left.
 */

/** A member's place, in one line at a time. */
export class Spot<T> {
  readonly member: T;
  line: Line<T> | null = null;
  before: Spot<T> | null = null;
  after: Spot<T> | null = null;

  constructor(member: T) {
    this.member = member;
  }

  /** Joins a line, as the last, and leaves the one it was in. */
  join(line: Line<T>): void {
    this.leave();
    this.line = line;
    this.before = line.last;
    if (line.last === null) line.first = this;
    else line.last.after = this;
    line.last = this;
    line.size++;
  }

  /** Leaves its line, if it is in one. */
  leave(): void {
    const { line, before, after } = this;
    if (line === null) return;
    if (before === null) line.first = after;
    else before.after = after;
    if (after === null) line.last = before;
    else after.before = before;
    this.line = this.before = this.after = null;
    line.size--;
  }
}

/** Members in the order in which they joined; they join and leave by their spots. */
export class Line<T> implements Iterable<T> {
  first: Spot<T> | null = null;
  last: Spot<T> | null = null;
  size = 0;

  /** From first to last; the one that was got last may leave meanwhile. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let spot = this.first; spot !== null; ) {
      const next: Spot<T> | null = spot.after;
      yield spot.member;
      spot = next;
    }
  }
}
