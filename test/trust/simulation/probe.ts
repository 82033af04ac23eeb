/** Hooks into the runtime that only a test has: who starts, and how often each request is settled. */

import type { PendingRequest, Settle } from '../../../src/session/asking/pending-requests.js';
import { Runtime } from '../../../src/session/runtime.js';
import { runtimeStarted } from './participant.js';

/** Hears of every settling, at the moment in which it happens. */
export interface SettleListener {
  added(runtime: Runtime, request: PendingRequest): void;
  settled(runtime: Runtime, request: PendingRequest, how: string, args: readonly unknown[]): void;
}

let listener: SettleListener | null = null;

/** Tells one world, and no other, of what happens from now on. */
export function listenToSettles(to: SettleListener | null): void {
  listener = to;
}

const WAYS_TO_SETTLE: readonly (keyof Settle)[] = [
  'answered',
  'sent',
  'refused',
  'timedOut',
  'cancelled',
  'connectionLost',
  'sessionClosed',
];

const { start, add } = Runtime.prototype;

Runtime.prototype.start = function (this: Runtime): void {
  runtimeStarted(this);
  start.call(this);
};

Runtime.prototype.add = function (this: Runtime, request: PendingRequest): void {
  const settle = request.settle as unknown as Record<string, (...args: unknown[]) => void>;
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
