import type { JsonValue } from '../../src/index.js';
import { Pair, type PairOptions } from './pair.js';

/** A handler whose answers come when the test says so, in any order. */
export class Demand {
  /** The data of the calls so far. */
  readonly calls: JsonValue[] = [];
  readonly #answers: ((answer: unknown) => void)[] = [];

  readonly handler = (data: JsonValue): Promise<unknown> => {
    this.calls.push(data);
    return new Promise((resolve) => this.#answers.push(resolve));
  };

  /** Answers a call, with its own data unless another answer is given. */
  answer(index: number, answer: unknown = this.calls[index]): void {
    this.#answers[index]?.(answer);
  }
}

/** A pair whose server answers execute requests when the test says so. */
export async function demanding(options: PairOptions = {}): Promise<[Pair, Demand]> {
  const pair = await Pair.connected(options);
  const demand = new Demand();
  pair.server.onExecute(null, demand.handler);
  return [pair, demand];
}
