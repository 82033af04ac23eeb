/** Hooks into the wiring that only a test has: who starts, and how often each request is settled. */

import { Asking } from '../../../src/session/asking/asking.js';
import type { PendingRequest } from '../../../src/session/asking/pending-request.js';
import { Wiring } from '../../../src/session/wiring.js';
import { wiringStarted } from './participant.js';

/** Hears of every settling, at the moment in which it happens. */
export interface SettleListener {
  added(asking: Asking, request: PendingRequest): void;
  settled(asking: Asking, request: PendingRequest, how: string, args: readonly unknown[]): void;
}

let listener: SettleListener | null = null;

/** Tells one world, and no other, of what happens from now on. */
export function listenToSettles(to: SettleListener | null): void {
  listener = to;
}

const WAYS_TO_SETTLE: readonly (keyof PendingRequest)[] = [
  'answered',
  'sent',
  'refused',
  'refusedByPeer',
  'timedOut',
  'cancelled',
  'connectionLost',
  'sessionClosed',
];

const { start } = Wiring.prototype;
const { add } = Asking.prototype;

Wiring.prototype.start = function (this: Wiring): void {
  wiringStarted(this);
  start.call(this);
};

Asking.prototype.add = function (this: Asking, request: PendingRequest): void {
  const settle = request as unknown as Record<string, (...args: unknown[]) => void>;
  for (const how of WAYS_TO_SETTLE) {
    const original = settle[how];
    if (original === undefined) throw new Error(`expected a way to settle called ${how}, got none`);
    settle[how] = (...args) => {
      listener?.settled(this, request, how, args);
      original.apply(settle, args);
    };
  }
  listener?.added(this, request);
  add.call(this, request);
};
