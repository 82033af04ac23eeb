/** The same contract in three libraries. */

import { type } from 'arktype';
import * as v from 'valibot';
import * as z from 'zod';
import { type Contract, contract, execute, read, request, write } from '../../src/index.js';

const withZod = contract({
  time: read(0, z.string().min(3)),
  led: write(1, z.object({ brightness: z.number().max(1) }), z.null()),
  reboot: execute(2, z.object({ steps: z.array(z.object({ delay: z.number() })) }), z.boolean()),
  calibrate: request(100, 101, 0, z.string().transform(Number), z.number().transform(String)),
  slow: execute(
    3,
    z.number().refine(async (value) => value > 0),
    z.string().refine(async (value) => value !== ''),
  ),
});

const withValibot = contract({
  time: read(0, v.pipe(v.string(), v.minLength(3))),
  led: write(1, v.object({ brightness: v.pipe(v.number(), v.maxValue(1)) }), v.null()),
  reboot: execute(2, v.object({ steps: v.array(v.object({ delay: v.number() })) }), v.boolean()),
  calibrate: request(
    100,
    101,
    0,
    v.pipe(v.string(), v.transform(Number)),
    v.pipe(v.number(), v.transform(String)),
  ),
  slow: execute(
    3,
    v.pipeAsync(
      v.number(),
      v.checkAsync(async (value) => value > 0),
    ),
    v.pipeAsync(
      v.string(),
      v.checkAsync(async (value) => value !== ''),
    ),
  ),
});

const numberOf = type('string').pipe(Number);
const textOf = type('number').pipe(String);
const withArktype = contract({
  time: read(0, type('string >= 3')),
  led: write(1, type({ brightness: 'number <= 1' }), type('null')),
  reboot: execute(2, type({ steps: type({ delay: 'number' }).array() }), type('boolean')),
  calibrate: request(100, 101, 0, numberOf, textOf),
  slow: execute(3, type('number > 0'), type('string > 0')),
});

/** What all three have in common, as a program sees it. */
export type Thermostat = typeof withZod;

/** The contracts by the names of their libraries; of one type, which shows that the types agree. */
export const LIBRARIES: Readonly<Record<string, Thermostat>> = {
  zod: withZod,
  valibot: withValibot,
  arktype: withArktype,
} satisfies Record<string, Contract<Thermostat['entries']>>;

/** What each library says of a brightness that is a text. */
export const CODES: Readonly<Record<string, { type: string; limit: string }>> = {
  zod: { type: 'invalid_type', limit: 'too_big' },
  valibot: { type: 'number', limit: 'max_value' },
  arktype: { type: 'domain', limit: 'max' },
};
