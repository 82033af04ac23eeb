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
    this.#read('an error', inspect(error));
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
