/** Recordings, logs and streams in any state: what can be read of them is read, and nothing is worse than an error with words. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecNamed, recordedCodec } from '../../../src/cli/codecs.js';
import { InputError } from '../../../src/cli/errors.js';
import { jsonLine } from '../../../src/cli/output.js';
import { beginningOf, readDebuggerRecording } from '../../../src/cli/recording/debugger.js';
import { dumpIn, LogLines } from '../../../src/cli/recording/dump-lines.js';
import { FormFinder } from '../../../src/cli/recording/form-finder.js';
import { objectOf, textOf } from '../../../src/cli/recording/item-text.js';
import type { StreamItem } from '../../../src/cli/recording/stream-reader.js';
import {
  type RecordedItem,
  readTraffic,
  trafficHeader,
  trafficLine,
} from '../../../src/cli/recording/traffic.js';
import { recordingHeader } from '../../../src/inspector/recording-header.js';
import { Message } from '../../../src/protocol/message.js';
import { type Codec, pureJson } from '../../../src/wire/index.js';
import { anyHistory, damaged } from '../../support/any-entry.js';

const codec = fc.constantFrom('pure_json', 'struct_json').map((name) => codecNamed(name) as Codec);
const side = fc.constantFrom('client' as const, 'server' as const);
const startedAt = new Date(Date.UTC(2026, 0, 5));
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as never);

/** Something that passed: a message that is no secret, a frame that is none, noise. */
const itemOf = (of: Codec): fc.Arbitrary<StreamItem> =>
  fc.oneof(
    fc
      .record({ serviceId: fc.integer({ min: 2, max: 50 }), dataId: fc.nat(), status: fc.nat(6), data: json })
      .map((fields) => {
        const message = new Message(fields);
        return { kind: 'message' as const, message, payload: Buffer.from(of.encode(message)) };
      }),
    fc.record({
      kind: fc.constant('noise' as const),
      reason: fc.constantFrom('noise' as const, 'restarted' as const, 'unfinished' as const),
      protocol: fc.constant(undefined),
      byteLength: fc.nat(),
      sample: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    }),
  );

const traffic = codec.chain((of) =>
  fc.record({
    codec: fc.constant(of),
    items: fc.array(
      fc.record({
        atMs: fc.nat(),
        from: side,
        connection: fc.integer({ min: 1, max: 9 }),
        item: itemOf(of),
      }),
      { minLength: 1, maxLength: 10 },
    ),
  }),
);
const written = ({ codec: of, items }: { codec: Codec; items: readonly RecordedItem[] }): string =>
  trafficHeader(of, startedAt) + items.map(trafficLine).join('');

/** Runs something that may refuse its input, and nothing else. */
function mayRefuse(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message).not.toBe('');
  }
}

describe('a recording of traffic', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(traffic, (each) => {
        const read = readTraffic(written(each));
        expect(read).toMatchObject({ codec: { name: each.codec.name }, startedAt: startedAt.getTime() });
        expect(read.items).toEqual(each.items);
      }),
      { numRuns: 50 },
    );
  });

  test('that is damaged is read as far as it goes, or refused with words', () => {
    fc.assert(
      fc.property(damaged(traffic.map(written)), (text) => {
        mayRefuse(() => {
          const unread: string[] = [];
          const { items } = readTraffic(text, (lines) => unread.push(lines.text));
          expect(unread.length).toBeLessThan(2);
          for (const { item } of items) {
            expect(textOf(item)).not.toMatch(/\n/);
            jsonLine(objectOf(item));
          }
        });
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    '{"toString":1}',
    '[[]]',
    'null',
    '7',
  ])('with %s for its codec or its version is refused with words', (value) => {
    expect(() => recordedCodec(JSON.parse(value))).toThrow(InputError);
    const text = `{"recording":"socket-protocol","version":${value}}\n{}\n`;
    expect(() => readTraffic(text)).toThrow(InputError);
  });
});

describe('a recording of the debugger', () => {
  const text = anyHistory(12).map(
    (entries) =>
      recordingHeader({ time: startedAt.toISOString() }) +
      entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
  );

  test('that is damaged is read as far as it goes, or refused with words', () => {
    fc.assert(
      fc.property(damaged(text), (each) => {
        mayRefuse(() => {
          const entries = readDebuggerRecording(each);
          if (entries !== null) beginningOf(each, entries);
          readTraffic(each);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('may begin with lines that say nothing', () => {
    const each = `\n\n${fc.sample(text, { numRuns: 1, seed: 1 })[0]}`;
    const entries = readDebuggerRecording(each);
    expect(beginningOf(each, entries ?? [])).toBe(startedAt.getTime());
  });
});

describe('what decode gets', () => {
  test('is read or refused with words, whatever it is', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ maxLength: 20 }).map((each) => Buffer.from(each)),
      fc
        .constantFrom(
          ...[':<', ':>', ':=', 'TX -> ', '(3): 61 62', '(1): ', '{"recording":', '\n', '\ufeff', '6 1'],
        )
        .map((each) => Buffer.from(each)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        mayRefuse(() => {
          const finder = new FormFinder(
            pureJson,
            ({ item }) => void textOf(item),
            () => {},
          );
          for (const each of pieces) finder.push(each);
          finder.end();
        });
      }),
      { numRuns: 200 },
    );
  });

  test('in a log has its dump, if that is one', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ minLength: 1 }), (before, bytes) => {
        const hex = Buffer.from(bytes).toString('hex').replace(/../g, '$& ').trimEnd();
        fc.pre(dumpIn(before) === null);
        const dump = dumpIn(`${before}(${bytes.length}): ${hex}`);
        expect(dump).toEqual({ length: bytes.length, bytes: Buffer.from(bytes), missingDigits: 0 });
      }),
    );
  });

  test('is read in one go where a long line of nothing follows a dump', () => {
    // a pattern that tried each beginning of the gap would be busy for hours
    const gap = `61${' '.repeat(2_000_000)}zz`;
    const found: (number | null)[] = [];
    const lines = new LogLines(({ dump }) => found.push(dump?.missingDigits ?? null));
    lines.push('TX -> (9): 61');
    lines.push(gap);
    lines.end();
    expect(found).toEqual([16, null]);
  });
});
