import type { PendingRequest } from './pending-request.js';

/** The line of one pair of answer ids: what was written and is unanswered, oldest first, and what waits behind its ghosts. */
export class Line {
  readonly answerSid: number;
  readonly dataId: number;
  first: PendingRequest | null = null;
  last: PendingRequest | null = null;
  /** How many of its members are ghosts: while there is one, the next answer may be too late for the next request. */
  ghosts = 0;
  readonly waitingBehindGhosts = new Set<PendingRequest>();

  constructor(answerSid: number, dataId: number) {
    this.answerSid = answerSid;
    this.dataId = dataId;
  }

  get isEmpty(): boolean {
    return this.first === null && this.waitingBehindGhosts.size === 0;
  }

  append(request: PendingRequest): void {
    request.line = this;
    request.before = this.last;
    if (this.last === null) this.first = request;
    else this.last.behind = request;
    this.last = request;
  }

  remove(request: PendingRequest): void {
    if (request.before === null) this.first = request.behind;
    else request.before.behind = request.behind;
    if (request.behind === null) this.last = request.before;
    else request.behind.before = request.before;
    request.line = request.before = request.behind = null;
  }
}
