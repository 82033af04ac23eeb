/** Everything that comes out of a session: logs, inspectors, events, errors, counters, warnings, itself. */

import { inspect } from 'node:util';
import type { Logger, Session, SessionOptions } from '../../../src/index.js';
import { SESSION_EVENTS } from '../../support/session-events.js';
import type { Output } from './leaks.js';

const INSPECT_DEPTH = 10;

/** The events of an XState inspector, as far as they matter here. */
interface Inspected {
  readonly type: string;
  readonly actorRef?: { readonly id?: string; getPersistedSnapshot?(): unknown };
  readonly event?: unknown;
  readonly snapshot?: { readonly context?: unknown; readonly value?: unknown };
}

/** Collects outputs, each text once. */
export class Outputs {
  readonly #texts = new Map<string, Output>();
  /** What the walk through the objects of inspectors has seen. */
  readonly #walked = new WeakSet<object>();
  readonly #actors = new Map<string, unknown>();

  [Symbol.iterator](): Iterator<Output> {
    return this.#texts.values();
  }

  get characters(): number {
    return [...this].reduce((sum, { text }) => sum + text.length, 0);
  }

  /** How many outputs of a place there are. */
  count(where: string): number {
    return [...this].filter((output) => output.where === where).length;
  }

  add(where: string, text: string): void {
    this.#texts.set(`${where} ${text}`, { where, text });
  }

  /** Options that let a session say everything that it can. */
  options(): SessionOptions {
    return { logger: this.#logger(), inspect: (event) => this.#inspected(event), maxDropLogLines: 1_000 };
  }

  #logger(): Logger {
    const write = (...args: unknown[]): void => this.add('log', args.map(String).join(' '));
    const logger = { debug: write, info: write, warn: write, error: write };
    const child = (bindings: object): Logger => {
      write(JSON.stringify(bindings));
      return logger;
    };
    return { ...logger, child };
  }

  #inspected(told: Inspected): void {
    this.add('inspector', JSON.stringify(told) ?? '');
    this.add('inspector', inspect(told.event, { depth: INSPECT_DEPTH }));
    // a whole snapshot at this depth is the whole actor system, megabytes of it; the walk goes through that
    this.add('inspector', inspect([told.snapshot?.value, told.snapshot?.context], { depth: INSPECT_DEPTH }));
    const { actorRef } = told;
    if (told.type === '@xstate.snapshot' && actorRef !== undefined) {
      this.add('snapshot', JSON.stringify(actorRef.getPersistedSnapshot?.()) ?? '');
      this.#actors.set(String(actorRef.id), actorRef);
    }
    this.#walk(told);
  }

  /** Takes every text and every run of bytes that can be reached from a value. */
  #walk(root: unknown): void {
    const stack: unknown[] = [root];
    for (let value = stack.pop(); value !== undefined || stack.length > 0; value = stack.pop()) {
      if (typeof value === 'string') this.add('inspector', value);
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue;
      if (this.#walked.has(value)) continue;
      this.#walked.add(value);
      if (value instanceof Uint8Array) this.add('inspector', Buffer.from(value).toString('latin1'));
      else if (value instanceof Map) stack.push(...value.keys(), ...value.values());
      else if (value instanceof Set) stack.push(...value);
      else
        for (const own of Object.entries(Object.getOwnPropertyDescriptors(value)))
          stack.push(own[0], own[1].value);
    }
  }

  /** Hears all events of a session. */
  listen(session: Session): void {
    for (const event of SESSION_EVENTS) {
      session.on(event, (...args: unknown[]) =>
        this.add('event', inspect([event, args], { depth: INSPECT_DEPTH })),
      );
    }
  }

  /** Takes what an error says, and everything that hangs on it. */
  error(error: unknown): void {
    this.add('error', inspect(error, { depth: INSPECT_DEPTH, showHidden: true }));
    if (error instanceof Error)
      this.add('error', `${error.message}\n${error.stack}\n${JSON.stringify(error)}`);
  }

  /** Takes what became of a promise. */
  async outcome(promise: Promise<unknown>): Promise<void> {
    try {
      this.add('event', inspect(await promise, { depth: INSPECT_DEPTH }));
    } catch (error) {
      this.error(error);
    }
  }

  /** Takes what anybody sees who looks at a session from outside. */
  session(session: Session): void {
    this.add('counters', JSON.stringify(session.counters));
    this.add('session', inspect(session, { depth: 8, showHidden: true }));
    this.add('session', JSON.stringify(session));
    this.#walk(session);
  }

  /** Looks at one actor as deep as `util.inspect` can: slow, because it is megabytes. */
  actor(id: string): void {
    this.add('inspector', inspect(this.#actors.get(id), { depth: INSPECT_DEPTH }));
  }

  /** Runs something, and takes the warnings of the process meanwhile. */
  async withWarnings(run: () => Promise<void>): Promise<void> {
    const { emitWarning } = process;
    process.emitWarning = (warning: string | Error): void => this.add('warning', String(warning));
    try {
      await run();
    } finally {
      process.emitWarning = emitWarning;
    }
  }
}
