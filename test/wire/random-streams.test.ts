import { describe, expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import {
  createPureJson,
  createStructJson,
  DecodeError,
  encodeStp,
  parseJson,
  pureJson,
  StpDecoder,
  type StpDrop,
  stringifyJson,
  structJson,
} from '../../src/wire/index.js';
import { Random } from '../trust/random.js';
import { hostileValue } from '../trust/wire/hostile-json.js';
import { isSameValue, randomFields } from '../trust/wire/json-values.js';
import { DROP_REASONS, DropTally, ReferenceDecoder } from '../trust/wire/reference-decoder.js';
import { StreamCheck } from '../trust/wire/stream-check.js';

/** A few of the seeds that the trust run has in millions. */
const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);

describe('streams of every kind', () => {
  test('are read as the table of section 1 says, wherever they are cut', () => {
    const check = new StreamCheck();
    expect(SEEDS.map((seed) => check.run(seed)).filter((problem) => problem !== null)).toEqual([]);
  });
});

describe('a frame around a limit', () => {
  const LIMIT = 200;
  /** What comes of a stream under the limit, and where it differs from the table of section 1. */
  function fateOf(stream: Buffer, chunkLength: number): { lengths: number[]; difference: string | null } {
    const lengths: number[] = [];
    const drops = new DropTally();
    const decoder = new StpDecoder(
      {
        frame: ({ length }) => void lengths.push(length),
        dropped: ({ reason, byteLength }: StpDrop) =>
          drops.add((DROP_REASONS as readonly string[]).indexOf(reason), byteLength),
      },
      { maxFrameLength: LIMIT },
    );
    for (let at = 0; at < stream.length; at += chunkLength)
      decoder.push(stream.subarray(at, at + chunkLength));
    decoder.reset();
    const reference = new ReferenceDecoder(stream.length);
    reference.read(stream, LIMIT);
    return { lengths, difference: drops.difference(reference.drops) };
  }

  test.each([
    'x',
    ':',
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:',
    'x:',
  ])('passes up to its very length, and goes with the byte that is one too many: of %j', (pattern) => {
    for (let length = LIMIT - 3; length <= LIMIT + 3; length++) {
      const stream = Buffer.concat([encodeStp(Buffer.alloc(length, pattern)), Buffer.from('::x:<next:>')]);
      const expected = { lengths: length <= LIMIT ? [length, 4] : [4], difference: null };
      for (const chunkLength of [1, 2, 3, 47, 48, 49, 50, 51, 97, 198, 200, 202, 1_000]) {
        expect([length, chunkLength, fateOf(stream, chunkLength)]).toEqual([length, chunkLength, expected]);
      }
    }
  });

  test.each([
    [[1, 1_023, 1, 2_000], 100_000],
    [[16_383], 100_000],
    [[16_384], 100_000],
    [[30_000, 40_000], 100_000],
    [[70_000, 5_000], 100_000],
    [[30_000], 31_000],
    [[600, 500], 1_100],
    [[900], 1_000],
  ])('that is unfinished takes up to twice its length, a KiB at least, and no more than the limit: %j', (lengths, limit) => {
    const decoder = new StpDecoder({ frame: () => {} }, { maxFrameLength: limit });
    let taken = 0;
    for (const length of lengths) {
      decoder.push(Buffer.from(`${taken === 0 ? ':<' : ''}${'x'.repeat(length)}`));
      taken += length;
      expect(decoder.heldByteLength).toBeGreaterThanOrEqual(taken);
      expect(decoder.heldByteLength).toBeLessThanOrEqual(Math.min(limit, Math.max(1_024, 2 * taken)));
    }
    // room for as much again, where a chunk was long
    if (taken > 16_384 && 2 * taken < limit) expect(decoder.heldByteLength).toBeGreaterThan(1.5 * taken);
  });
});

describe('the protocol of a stream', () => {
  function reportsOf(chunks: readonly string[], resets = false): string[] {
    const reports: string[] = [];
    const decoder: StpDecoder = new StpDecoder({
      frame: (payload) => void reports.push(`frame ${payload}`),
      dropped: ({ reason, protocol, byteLength }) => {
        reports.push(`${reason} ${protocol ?? byteLength}`);
        if (resets && reason === 'wrong-protocol') decoder.reset();
      },
    });
    for (const chunk of chunks) decoder.push(Buffer.from(chunk, 'latin1'));
    return reports;
  }

  test.each([
    ['\u0016\u0003', 'TLS'],
    ['\u0015\u0003', 'TLS'],
    ['SSH-', 'SSH'],
    ['GET ', 'HTTP'],
    ['PRI * HTTP', 'HTTP'],
    ['OPTIONS ', 'HTTP'],
  ])('%j is recognised, also byte by byte, and once', (beginning, protocol) => {
    const tail = `${beginning}/ and more`;
    expect(reportsOf([tail])[0]).toBe(`wrong-protocol ${protocol}`);
    const reports = reportsOf([...tail, ...tail]);
    expect(reports.filter((each) => each.startsWith('wrong'))).toEqual([`wrong-protocol ${protocol}`]);
    // as soon as it is certain
    expect(reports.indexOf(`wrong-protocol ${protocol}`)).toBe(beginning.length - 1);
  });

  test.each(['GETTY', 'GE:<T >', ' GET ', '\u0016\u0002', 'SSH', 'x'])('%j is none of those', (stream) => {
    expect(reportsOf([stream]).filter((each) => each.startsWith('wrong'))).toEqual([]);
    expect(reportsOf([...stream]).filter((each) => each.startsWith('wrong'))).toEqual([]);
  });

  test('is looked for at the beginning alone, and anew after a reset', () => {
    expect(reportsOf(['xGET /'])).toEqual(['noise 6']);
    expect(reportsOf(['x', 'GET /'])).toEqual(['noise 1', 'noise 5']);
    expect(reportsOf([':<a:>', 'GET /'])).toEqual(['frame a', 'noise 5']);
    expect(reportsOf(['GET /:<a:>', 'SSH-:<b:>'], true)).toEqual([
      'wrong-protocol HTTP',
      'wrong-protocol SSH',
    ]);
  });
});

describe('messages of every kind', () => {
  test.each([
    [createPureJson({ allowNan: true }), pureJson],
    [createStructJson({ allowNan: true }), structJson],
  ])('come out of a codec as they went in: %#', (withNan, plain) => {
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const hasNan = random.chance(0.2);
      const fields = randomFields(random, { hasNan });
      const codec = hasNan ? withNan : plain;
      const message = new Message<unknown>({
        ...fields,
        serviceId: fields.serviceId % 2 ** 32,
        dataId: fields.dataId % 2 ** 32,
        status: fields.status % 2 ** 32,
      });
      const decoded = codec.decode(codec.encode(message));
      expect(isSameValue(decoded.data, message.data), `seed ${seed}`).toBe(true);
      const ids = ({ serviceId, dataId, status }: Message<unknown>): number[] => [serviceId, dataId, status];
      expect(ids(decoded)).toEqual(ids(message));
    }
  });

  test('that nobody honest writes are read the same again, or are refused with a reason', () => {
    for (const seed of SEEDS) {
      const text = hostileValue(new Random(seed)).toString();
      try {
        const value = parseJson(text);
        const written = stringifyJson(value, { allowNan: true, maxDepth: 1_000 });
        expect(isSameValue(parseJson(written, 1_000), value), `seed ${seed}: ${text.slice(0, 80)}`).toBe(
          true,
        );
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
  });
});
