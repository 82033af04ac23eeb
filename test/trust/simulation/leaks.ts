/** Whether anything confidential comes out (I12): looks through logs, inspections, errors and events. */

import { inspect } from 'node:util';
import type { InspectedEvent, Logger } from '../../../src/index.js';
import { CANARY } from './config.js';
import type { World } from './world.js';

/** The secret in the forms in which bytes are shown. */
const CANARIES = [
  CANARY,
  Buffer.from(CANARY).toString('hex'),
  Buffer.from(CANARY)
    .toString('hex')
    .replace(/..(?=.)/g, '$& '),
  [...Buffer.from(CANARY)].join(','),
  Buffer.from(CANARY).toString('base64'),
];
/** Seeds have 64 hex digits, keys 128. */
const SEED_OR_KEY = /[0-9a-f]{64}/;
const UNPRINTABLE = /[^\P{Cc}\t\n]/u;

/** How deep an error is read, and what hangs on it. */
const DEPTH = 4;

/**
 * All texts of an error and what hangs on it, hidden or not, one to a line: as much as `inspect` shows and more, in a fraction
 * of its time.
 */
function textsOf(value: unknown, depth = DEPTH): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const isError = value instanceof Error;
  if (depth === 0 || !(isError || Array.isArray(value) || isPlain(value))) return inspect(value);
  // not every version of V8 keeps it as a value
  let texts = isError ? `${value.stack}\n` : '';
  for (const key of Reflect.ownKeys(value)) {
    const own: unknown = Object.getOwnPropertyDescriptor(value, key)?.value ?? '';
    texts += `${String(key)}: ${textsOf(own, depth - 1)}\n`;
  }
  return texts;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Reads everything that one session says. */
export class Leaks {
  readonly #world: World;
  readonly #name: string;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  logger(): Logger {
    const line = (text: string): void => {
      this.#world.tell(() => `${this.#name} logs: ${text}`);
      this.#read('a log line', text);
      // a stack of an error of our own callbacks has several lines
      if (UNPRINTABLE.test(text) || (text.includes('\n') && !text.includes('callback error'))) {
        this.#world.violate('I12', `${this.#name} logs a raw control character: ${JSON.stringify(text)}`);
      }
    };
    return { debug: line, info: line, warn: line, error: line };
  }

  inspector(): (event: InspectedEvent) => void {
    return (event) => {
      const { event: inspected, snapshot } = event as { event?: unknown; snapshot?: { context?: unknown } };
      this.#read('an inspected event', JSON.stringify(inspected) ?? '');
      this.#read('an inspected snapshot', inspect(snapshot?.context, { depth: 6 }));
    };
  }

  error(error: unknown): void {
    this.#read('an error', textsOf(error));
  }

  look(object: object): void {
    if (this.#world.config.hasInspector)
      this.#read('an object', inspect(object, { depth: 4, showHidden: true }));
  }

  #read(what: string, text: string): void {
    if (CANARIES.some((canary) => text.includes(canary)))
      this.#world.violate('I12', `${what} of ${this.#name} shows the secret`);
    if (SEED_OR_KEY.test(text)) this.#world.violate('I12', `${what} of ${this.#name} shows a seed or key`);
  }
}
