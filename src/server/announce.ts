import type { EventEmitter } from 'node:events';
import { type Failed, runUserCode } from '../base/user-code.js';
import type { ServerEvents } from './server-events.js';

/**
 * Calls the listeners of an event of a server, each of them whatever the others do.
 *
 * @param args what they get
 * @param failed gets what one of them threw or rejected with
 */
export function announce<K extends keyof ServerEvents>(
  server: EventEmitter<ServerEvents>,
  event: K,
  args: ServerEvents[K],
  failed: Failed,
): void {
  if (server.listenerCount(event) === 0) return;
  for (const listener of server.rawListeners(event))
    runUserCode(() => Reflect.apply(listener, server, args), failed);
}
