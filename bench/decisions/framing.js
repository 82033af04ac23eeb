/** docs/decisions/framing.md: how a payload is searched for colons, and from which length and run on. */

import { nsPerCall, print, variant } from './measure.js';

const envelope = '{"data_id": 0, "service_id": 11, "status": 0, "data": ';
const document = JSON.stringify(
  Array.from({ length: 900 }, (_, id) => ({
    id,
    name: `sensor ${id}`,
    value: id * 1.5,
    unit: 'millimetres',
    valid: id % 3 === 0,
  })),
);
const DATA = {
  '24 characters': JSON.stringify('x'.repeat(24)),
  '1 KiB, a string': JSON.stringify('x'.repeat(1_024)),
  '64 KiB, a string': JSON.stringify('x'.repeat(65_536)),
  '300 B of a document': document.slice(0, 300),
  '1 KiB of a document': document.slice(0, 1_024),
  '70 KB document': document,
};
const FILE = 'src/wire/colon-runs.js';

/** Copies of the library that differ in one constant. */
async function librariesWith(name, was, values) {
  const libraries = [];
  for (const value of values) {
    const folder = variant(`${name}-${value}`, FILE, `${name} = ${was}`, `${name} = ${value}`);
    libraries.push([value === 1e9 ? 'never' : `${value}`, await import(`${folder}/src/wire/stp.js`)]);
  }
  return libraries;
}

function compare(title, libraries) {
  for (const [direction, callOf] of [
    ['write', writing],
    ['read', reading],
  ]) {
    const rows = Object.entries(DATA).map(([data, text]) => {
      const payload = Buffer.from(`${envelope}${text}}1234`);
      const cases = libraries.map(([name, library]) => [name, callOf(library, payload)]);
      return { 'an answer of': data, ...nsPerCall(Object.fromEntries(cases)) };
    });
    print(`Nanoseconds to ${direction} a frame, ${title}`, rows);
  }
}

function writing({ writeStp, maxEncodedLength }, payload) {
  const target = Buffer.allocUnsafeSlow(maxEncodedLength(payload.length));
  return () => writeStp(payload, target, 0);
}

function reading({ encodeStp, StpDecoder }, payload) {
  const decoder = new StpDecoder({ frame: () => {} });
  const frame = encodeStp(payload);
  return () => decoder.push(frame);
}

compare(
  'by the length from which on words are read',
  await librariesWith('WORDS_FROM_LENGTH', 256, [64, 128, 256, 512, 1e9]),
);
compare(
  'by the run from which on native functions search and copy',
  await librariesWith('LONG_RUN', 48, [8, 16, 32, 48, 96, 1e9]),
);
