/**
 * Calls the listeners of an event. Node's own `emit` stops at the first that throws, and leaves the rejection of an async one
 * to the process, which ends of it. Here each listener is called, and none can do harm.
 */

import type { EventEmitter } from 'node:events';
import { warnOfThrown } from '../../base/thrown.js';
import { watchResult } from '../../base/user-code.js';

/**
 * Calls all listeners of an event; one that throws or rejects is warned about.
 *
 * @param emitter whose listeners they are
 * @returns whether there was a listener
 */
export function emitToAll(
  emitter: Pick<EventEmitter, 'rawListeners'>,
  event: string | symbol,
  args: readonly unknown[],
): boolean {
  const listeners = emitter.rawListeners(event);
  for (const listener of listeners) {
    try {
      const result: unknown = Reflect.apply(listener, emitter, args);
      if (result !== undefined) watchResult(result, (error) => warnOfListener(emitter, event, error));
    } catch (error) {
      warnOfListener(emitter, event, error);
    }
  }
  return listeners.length > 0;
}

/**
 * Warns that a listener failed.
 *
 * @param emitter whose listener it is
 */
export function warnOfListener(emitter: object, event: string | symbol, error: unknown): void {
  const what = `a listener of "${String(event)}" threw`;
  warnOfThrown(what, error, 'SP_LISTENER_FAILED', { scope: emitter });
}
