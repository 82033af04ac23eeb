/**
 * A message bus in this process: for tests, and for programs that need no server. What is true of a server of NATS is true of it:
 * subscribers get a message after the call that publishes it, in the order of its sender; one member of a queue gets it, chosen at
 * random; a message without a subscriber is gone.
 */

import type { Clock } from '../base/clock.js';
import { optionsDoor } from '../base/option-names.js';
import { bytesRow, clockRow, randomRow, textRow } from '../base/option-rows.js';
import { optionReader, type RowsFor } from '../base/option-table.js';
import type { Bus } from './bus.js';
import { MemoryConnection } from './memory-connection.js';
import { Exchange } from './memory-exchange.js';

/** Options of {@link memoryBus}. */
export interface MemoryBusOptions {
  /** The clock of the time-outs; a test brings its own. */
  readonly clock?: Clock | undefined;
  /** How many bytes of data and headers a message may have: 1 MiB. */
  readonly maxPayload?: number | undefined;
  /** What errors and logs call it: `memory`. */
  readonly name?: string | undefined;
  /** The source of chance, from 0 to 1: who of a queue group gets a message. */
  readonly random?: (() => number) | undefined;
}

/** The options of {@link MemoryBusOptions}. */
export const MEMORY_BUS_OPTIONS = {
  clock: clockRow(),
  maxPayload: bytesRow({
    default: 1024 * 1024,
    why: 'What a server of NATS takes unless it is told otherwise.',
  }),
  name: textRow({ default: 'memory', why: 'It is nowhere else.' }),
  random: randomRow(),
} satisfies RowsFor<MemoryBusOptions>;

const admitMemoryBusOptions = optionsDoor(
  'MemoryBusOptions',
  'memoryBus({ maxPayload: 65_536 })',
  MEMORY_BUS_OPTIONS,
);

/** A bus in this process. */
export interface MemoryBus extends Bus {
  /**
   * Another way to the same bus, with a state and an end of its own: as if another program connected to it.
   *
   * @param name what errors and logs call it
   */
  connect(name?: string): MemoryBus;
  /** What there is of it now, on all ways to it: after a story has ended, nothing is left. */
  stats(): MemoryBusStats;
}

/** What there is of a bus in this process. */
export interface MemoryBusStats {
  readonly subscriptions: number;
  /** Requests that wait for an answer. */
  readonly waiting: number;
  /** Messages that were sent, and that their subscribers have not got yet. */
  readonly underWay: number;
}

/**
 * Makes a message bus in this process.
 *
 * Subscribers share the bytes of a message, which are a copy of those that were published: they must not change them.
 *
 * @param options the clock, the limit, and the source of chance
 * @throws OptionError for a wrong option
 *
 * @example
 * ```ts
 * import { memoryBus } from 'socket-protocol/gateway';
 *
 * const bus = memoryBus();
 * bus.subscribe('greetings.*', (message) => message.respond(Buffer.from(`hello from ${message.subject}`)));
 * const answer = await bus.request('greetings.kitchen', new Uint8Array(), { timeoutMs: 1_000 });
 * console.log(Buffer.from(answer.data).toString()); // hello from greetings.kitchen
 * ```
 */
export function memoryBus(options: MemoryBusOptions = {}): MemoryBus {
  admitMemoryBusOptions(options);
  const read = optionReader(MEMORY_BUS_OPTIONS, options);
  const exchange = new Exchange(read('clock'), read('maxPayload'), read('random'));
  return new MemoryConnection(exchange, read('name'));
}
