import { describe, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { contract, execute, type JsonValue, read, request } from '../../src/index.js';
import type { devices } from '../../src/workers/devices.js';
import { type Worker, worker } from '../../src/workers/worker.js';
import type { WorkerMessage } from '../../src/workers/worker-message.js';

const prices = contract({
  price: execute(1, z.string().transform(Number), z.number().transform(String)),
  any: read(2),
});
const clocks = contract({ time: read(0, z.string()), weigh: request(100, 101, 0, z.number()) });

/** Never called: only its types are looked at. */
function started(bus: Parameters<typeof devices>[0]): void {
  void worker(
    { bus, contract: prices },
    {
      price(value, message) {
        expectTypeOf(value).toBeNumber();
        expectTypeOf(message).toEqualTypeOf<WorkerMessage>();
        expectTypeOf(message.device).toBeString();
        expectTypeOf(message.gateway).toBeString();
        expectTypeOf(message.address).toEqualTypeOf<string | undefined>();
        expectTypeOf(message.data).toEqualTypeOf<JsonValue>();
        return 5;
      },
      any: async () => ({ whatever: true }),
    },
  );
  // @ts-expect-error a handler is missing
  void worker({ bus, contract: prices }, { price: () => 5 });
  // @ts-expect-error it returns what its schema does not take
  void worker({ bus, contract: prices }, { price: () => 'x', any: () => null });
  // @ts-expect-error there is no such entry
  void worker({ bus, contract: prices }, { price: () => 5, any: () => null, other: () => null });
  void worker(
    { bus, contract: [prices, clocks] },
    {
      price: (value) => value,
      any: () => null,
      time: (_, { device }) => device,
      weigh: (value) => {
        expectTypeOf(value).toBeNumber();
        return null;
      },
    },
  );
  // @ts-expect-error a handler of the second contract is missing
  void worker({ bus, contract: [prices, clocks] }, { price: () => 5, any: () => null, time: () => 'noon' });
  // @ts-expect-error there is no worker without a contract
  void worker({ bus }, {});
}

describe('a worker', () => {
  test('takes a handler for each entry, whose message names the device', () => {
    expectTypeOf(started).toBeFunction();
    expectTypeOf<ReturnType<typeof worker>>().toEqualTypeOf<Promise<Worker>>();
  });
});

describe('a device', () => {
  test('is asked as a session is, also by the client of a contract', () => {
    expectTypeOf<ReturnType<typeof devices>['at']>().returns.toHaveProperty('read');
    type Asking = Parameters<typeof prices.client>[0];
    expectTypeOf<ReturnType<ReturnType<typeof devices>['at']>>().toExtend<Asking>();
  });
});
