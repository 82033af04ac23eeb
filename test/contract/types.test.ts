import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import {
  type ContractClient,
  type ContractHandlers,
  contract,
  execute,
  type JsonValue,
  type Message,
  type RequestOptions,
  read,
  request,
  write,
} from '../../src/index.js';

const made = contract({
  time: read(0, z.string()),
  any: read(1),
  led: write(1, z.object({ brightness: z.number(), color: z.string().default('red') })),
  free: write(2),
  offset: execute(3, z.string().transform(Number), z.number().transform(String)),
  maybe: execute(4, z.number().nullable(), z.boolean()),
  own: request(100, 101, 0, v.pipe(v.string(), v.transform(Number)), v.number()),
  arrow: request(100, 101, 1, type('string.numeric.parse'), type({ n: 'number' })),
});
type Client = ContractClient<typeof made.entries>;
type Handlers = ContractHandlers<typeof made.entries>;

describe('a client', () => {
  test('takes what a schema takes, and gives what the other makes of the answer', () => {
    expectTypeOf<Client['time']>().toEqualTypeOf<(options?: RequestOptions) => Promise<string>>();
    expectTypeOf<Client['any']>().toEqualTypeOf<(options?: RequestOptions) => Promise<JsonValue>>();
    expectTypeOf<Client['led']>().toEqualTypeOf<
      (
        value: { brightness: number; color?: string | undefined },
        options?: RequestOptions,
      ) => Promise<JsonValue>
    >();
    expectTypeOf<Client['offset']>().toEqualTypeOf<
      (value: string, options?: RequestOptions) => Promise<string>
    >();
    expectTypeOf<Client['own']>().toEqualTypeOf<
      (value: string, options?: RequestOptions) => Promise<number>
    >();
    expectTypeOf<Client['arrow']>().toEqualTypeOf<
      (value: string, options?: RequestOptions) => Promise<{ n: number }>
    >();
  });

  test('may be called without what can be null', () => {
    expectTypeOf<Client['maybe']>().toEqualTypeOf<
      (value?: number | null, options?: RequestOptions) => Promise<boolean>
    >();
    expectTypeOf<Client['free']>().toEqualTypeOf<
      (value?: unknown, options?: RequestOptions) => Promise<JsonValue>
    >();
  });
});

describe('a handler', () => {
  test('gets what a schema makes of the request, and gives what the other takes', () => {
    expectTypeOf<Handlers['time']>().parameters.toEqualTypeOf<[value: JsonValue, message: Message]>();
    expectTypeOf<Handlers['time']>().returns.toEqualTypeOf<string | PromiseLike<string>>();
    expectTypeOf<Handlers['led']>().parameter(0).toEqualTypeOf<{ brightness: number; color: string }>();
    expectTypeOf<Handlers['led']>().returns.toBeUnknown();
    expectTypeOf<Handlers['offset']>().parameter(0).toBeNumber();
    expectTypeOf<Handlers['offset']>().returns.toEqualTypeOf<number | PromiseLike<number>>();
    expectTypeOf<Handlers['own']>().parameter(0).toBeNumber();
    expectTypeOf<Handlers['arrow']>().parameter(0).toBeNumber();
  });
});
