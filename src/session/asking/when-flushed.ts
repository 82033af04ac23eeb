/**
 * Tells the program that its messages have been sent when the system has them: transports join small messages until the
 * next tick, and the program may end itself as soon as it knows.
 */

/** Resolves a Promise of {@link Session.send}. */
type Resolve = (isSent: true) => void;

let due: Resolve[] = [];

/**
 * Calls back with true when what was sent up to now has been given to the system.
 *
 * Promises that are resolved within a tick go on only when no tick is left, so one tick serves them all.
 */
export function whenFlushed(resolve: Resolve): void {
  if (due.push(resolve) === 1) process.nextTick(resolveDue);
}

function resolveDue(): void {
  const resolved = due;
  due = [];
  for (const resolve of resolved) resolve(true);
}
