/** Misspelt names of events: an emitter lets a program wait for any name, for ever and without a word. */

import { EventEmitter } from 'node:events';
import { type Callee, callersOf } from './callers.js';
import { nearestName } from './option-names.js';
import { warn } from './warnings.js';

/** The names of events: each of them once. */
export type EventNames<Events> = Readonly<Record<keyof Events & string, true>>;

/**
 * Has a class warn of listeners for an event whose name is nearly one of its own. Other names are left alone: a subclass may
 * have events of its own.
 *
 * @param prototype that of the class
 * @param kind what people call the class, with its article
 * @param events the events that there are
 */
export function warnOfMisspeltEvents<Events>(
  prototype: object,
  kind: string,
  events: EventNames<Events>,
): void {
  const names = new Set(Object.keys(events));
  const { on } = EventEmitter.prototype;
  // `once` calls it, too; `addListener` is another name of it
  const watched: typeof on = function (this: EventEmitter, event, listener) {
    if (typeof event === 'string' && !names.has(event)) warnOf(kind, event, names, watched);
    return on.call(this, event, listener);
  };
  for (const name of ['on', 'addListener'])
    Object.defineProperty(prototype, name, { value: watched, writable: true, configurable: true });
}

function warnOf(kind: string, event: string, names: ReadonlySet<string>, callee: Callee): void {
  const nearest = nearestName(event, names);
  if (nearest === null) return;
  const [, ...lines] = callersOf(callee).stack.split('\n');
  const text = `${kind} has no event "${event}", so this listener is never called; did you mean "${nearest}"?`;
  warn('SP_UNKNOWN_EVENT', text, { matter: event, detail: lines.join('\n') });
}
