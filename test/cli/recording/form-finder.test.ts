import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLine } from '../../../src/cli/output.js';
import { FormFinder } from '../../../src/cli/recording/form-finder.js';
import { Message } from '../../../src/index.js';
import { hexDump } from '../../../src/session/journal/logging.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import { documentedOutput } from '../../support/original-documentation.js';
import { RECORDING_HEADER, recordedRead } from '../../support/recording.js';

const payloads = ['one', { a: [1, null] }, '\u00e9:<:>'].map((data) =>
  Buffer.from(pureJson.encode(new Message({ serviceId: 10, dataId: 7, data }))),
);
const raw = Buffer.concat(payloads.map((payload) => Buffer.from(encodeStp(payload))));
const recording = RECORDING_HEADER + recordedRead(1, 'one') + recordedRead(2, 'two');
const log = payloads.map((payload) => `some words\nTX -> ${hexDump(payload)}\n`).join('');
const wrapped =
  documentedOutput
    .join('\n')
    .match(/.{1,80}|\n/g)
    ?.join('\n') ?? '';
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

const forms: Readonly<Record<string, Buffer>> = {
  'a raw stream': raw,
  'a raw stream with noise': Buffer.concat([Buffer.from('boot v1.2 ok\r\n'), raw, Buffer.from('bye')]),
  'a stream as hex': Buffer.from(raw.toString('hex').replace(/.{60}/g, '$&\n')),
  'a recording': Buffer.from(recording),
  'a recording in UTF-16': utf16(recording),
  'a recording in UTF-16 without a mark': utf16(recording).subarray(2),
  'a recording of Windows': Buffer.from(`\ufeff${recording.replaceAll('\n', '\r\n')}`),
  'a log': Buffer.from(log),
  'a log in UTF-16': utf16(log).swap16(),
  'a log that a terminal has wrapped': Buffer.from(wrapped),
  nothing: Buffer.alloc(0),
  'something else': Buffer.from('a letter to somebody'),
};

/** All that comes of pieces. */
function foundIn(pieces: readonly Buffer[]): string {
  let out = '';
  const finder = new FormFinder(
    pureJson,
    (found) => (out += jsonLine({ ...found, item: { ...found.item, payload: undefined } })),
    (text) => (out += `${text}\n`),
  );
  try {
    for (const piece of pieces) finder.push(piece);
    finder.end();
  } catch (error) {
    out += String(error);
  }
  return out;
}

describe.each(Object.entries(forms))('%s', (_, whole) => {
  const expected = foundIn([whole]);

  test('is the same byte by byte', () => {
    // noise is told in pieces, as it comes
    const pieces = Array.from(whole, (_byte, index) => whole.subarray(index, index + 1));
    expect(foundIn(pieces)).toBe(expected);
  });

  test('is the same in any two or three pieces', () => {
    const cut = fc.nat({ max: whole.length });
    fc.assert(
      fc.property(cut, cut, (one, other) => {
        const [first, second] = [Math.min(one, other), Math.max(one, other)];
        const pieces = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)];
        expect(foundIn(pieces)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });
});
