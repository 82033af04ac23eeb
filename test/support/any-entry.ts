/** Entries of all kinds for property tests: each is whole, and says whatever its form allows. */

import fc from 'fast-check';
import type { NumberedEntry } from '../../src/inspector/entries.js';
import { NOTE_CODES } from '../../src/inspector/notes.js';
import { TROUBLE_CODES } from '../../src/inspector/troubles.js';
import {
  AUTHENTICATION_REASONS,
  DECODING_DROPS,
  type DropReason,
  FRAMING_DROPS,
  LINK_REASONS,
  MESSAGE_DROPS,
  type Reason,
} from '../../src/protocol/reasons.js';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const side = fc.constantFrom('client' as const, 'server' as const);
const id = fc.oneof(fc.constantFrom(0, 1, 8, 9, 10, 11, 20, 21, 30), fc.nat());
const count = fc.nat({ max: 100_000 });
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const hex = fc.option(
  fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Buffer.from(bytes).toString('hex').replace(/../g, '$& ').trimEnd()),
);
const bytes = { codec: fc.constantFrom('pure_json', 'struct_json', 'other'), hex, hiddenBytes: count };
const reasonCodes = Object.keys({ ...LINK_REASONS, ...AUTHENTICATION_REASONS }) as Reason[];
const dropCodes = Object.keys({ ...FRAMING_DROPS, ...DECODING_DROPS, ...MESSAGE_DROPS }) as DropReason[];
const status = fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 5, 6, 99);
const place = {
  number: fc.nat(),
  ms: fc.nat({ max: 1_000_000 }).map((tenths) => tenths / 10),
  group: fc.oneof(fc.constantFrom('pump', 'connection 1'), text),
};
const part = { parent: fc.option(text), chart: fc.option(text) };
const isTrue = fc.constant(true as const);

/** Any entry, with any number and time. */
export const anyEntry: fc.Arbitrary<NumberedEntry> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('actor' as const), ...place, actor: text, ...part }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('state' as const),
      ...place,
      actor: text,
      ...part,
      isOver: fc.boolean(),
      state: json,
      context: json,
      event: text,
      taken: fc.array(text, { maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      ...place,
      from: fc.option(text),
      to: text,
      event: fc.record({ type: text, more: json }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('message' as const),
      ...place,
      from: side,
      role: fc.constantFrom('request' as const, 'answer' as const, 'message' as const),
      exchange: fc.option(fc.integer({ min: 1, max: 20 })),
      serviceId: id,
      dataId: id,
      status,
      names: fc.record({ service: text, data: text, status: text }),
      data: fc.oneof(json, fc.boolean()),
      size: fc.option(count),
      ...bytes,
      isTrouble: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('drop' as const),
      ...place,
      from: fc.option(side),
      reason: fc.constantFrom(...dropCodes),
      detail: text,
      readableAs: fc.option(fc.constantFrom('pure_json', 'struct_json')),
      ...bytes,
      isTrouble: isTrue,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record(
      {
        kind: fc.constant('note' as const),
        ...place,
        code: fc.constantFrom(...NOTE_CODES),
        reason: fc.option(fc.constantFrom(...reasonCodes)),
        from: side,
        text,
        isTrouble: fc.boolean(),
      },
      { requiredKeys: ['kind', 'number', 'ms', 'group', 'code', 'reason', 'text', 'isTrouble'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('trouble' as const),
      ...place,
      code: fc.constantFrom(...TROUBLE_CODES),
      text,
      isTrouble: isTrue,
      exchange: fc.option(count),
      incident: count,
      count,
      firstMs: count,
      coveredBy: fc.option(count),
      about: fc.dictionary(text, fc.oneof(text, count, fc.boolean(), fc.constant(null)), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('session' as const),
      ...place,
      role: fc.option(side),
      codec: bytes.codec,
      address: fc.option(text),
      channelName: fc.option(text),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('counters' as const),
      ...place,
      counters: fc.record({ timeouts: count, dropped: fc.record({ noise: count }) }),
    }),
  },
);

/** Entries in the order of their numbers and times, as a debugger has them. */
export const anyHistory = (maxLength = 30): fc.Arbitrary<NumberedEntry[]> =>
  fc.array(anyEntry, { minLength: 1, maxLength }).map((entries) => {
    const times = entries.map(({ ms }) => ms).sort((one, other) => one - other);
    return entries.map((entry, index) => ({ ...entry, number: index + 1, ms: times[index] ?? 0 }));
  });

/** JSON text that is nearly what was written: with members of another type, members too many or too few, bytes cut off. */
export function damaged(whole: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const bad = fc.constantFrom(
    'null',
    '1e999',
    '-1',
    '0.5',
    '""',
    '"x"',
    '"__proto__"',
    '"constructor"',
    '{}',
    '[]',
    '[null]',
    '{"toString":1,"valueOf":1}',
    '{"__proto__":null}',
    'true',
  );
  return fc
    .tuple(whole, fc.array(fc.tuple(fc.nat(), bad), { maxLength: 3 }), fc.option(fc.nat()))
    .map(([text, changes, cut]) => {
      let result = text;
      for (const [where, value] of changes) {
        // values of members, in their place
        const values = [...result.matchAll(/(?<=":)(?:"(?:[^"\\]|\\.)*"|[-\d.e]+|true|false|null|\{|\[)/g)];
        const chosen = values[where % Math.max(1, values.length)];
        if (chosen === undefined) continue;
        const end = chosen.index + chosen[0].length;
        const isOpen = chosen[0] === '{' || chosen[0] === '[';
        const rest = isOpen ? `,${JSON.stringify('x')}:${chosen[0]}` : '';
        result = `${result.slice(0, chosen.index)}${value}${rest}${result.slice(end)}`;
      }
      return cut === null || cut % 4 > 0 ? result : result.slice(0, cut % (result.length + 1));
    });
}
