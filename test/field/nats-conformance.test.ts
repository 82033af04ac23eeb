/** The bus on NATS does what every bus does, on a real server. */

import { describe } from 'vitest';
import type { Bus } from '../../src/bus/bus.js';
import { natsBus } from '../../src/bus/nats/index.js';
import { type BusWorld, busConformance } from '../bus/conformance.js';
import { HAS_NATS_SERVER, NatsServer } from '../support/nats-server.js';
import { notice } from './support/notice.js';

if (!HAS_NATS_SERVER) notice('what every bus does, on NATS', 'no nats-server');

describe.skipIf(!HAS_NATS_SERVER)('on a real server', () => {
  busConformance('natsBus', async (): Promise<BusWorld> => {
    const server = await new NatsServer().start();
    const buses: Bus[] = [];
    return {
      connect: async () => {
        const bus = await natsBus({ servers: server.url });
        buses.push(bus);
        return bus;
      },
      // it passes by itself
      pass: async () => {},
      close: async () => {
        await Promise.all(buses.map((bus) => bus.close()));
        await server[Symbol.asyncDispose]();
      },
    };
  });
});
