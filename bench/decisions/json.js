/** docs/decisions/json.md: what it costs to read JSON exactly, in three ways, and to write only what arrives. */

import { compiled, nsPerCall, print } from './measure.js';

const { parseJson, stringifyJson } = await import(compiled('src/wire/json.js'));
const { parsePythonJson } = await import(compiled('src/wire/python-json.js'));

const reading = { at: 1_700_000_000, name: 'pump', ok: true, values: [0.5, 1.25, -3] };
const TEXTS = {
  '26 characters': JSON.stringify('Sun Feb  2 00:00:44 2025'),
  'an object of 64': JSON.stringify(reading),
  '1 KiB of objects': JSON.stringify(Array(16).fill(reading)),
  '64 KiB of objects': JSON.stringify(Array(1_024).fill(reading)),
  '64 KiB, one string': JSON.stringify('x'.repeat(65_534)),
};

const rows = Object.entries(TEXTS).map(([text, json]) => ({
  text,
  ...nsPerCall({
    'JSON.parse, ns': () => JSON.parse(json),
    'parseJson, ns': () => parseJson(json),
    'exact reader, ns': () => parsePythonJson(json, 128),
  }),
}));
print('Reading JSON', rows);

const device = { id: 7, name: 'sensor 7', value: 8.75, isOn: true, unit: 'degC' };
const VALUES = {
  'an empty object': {},
  'a number': 42.5,
  'a text of 5': 'hello',
  '1 KiB of objects': Array(14).fill(device),
  '64 KiB of objects': Array(900).fill(device),
};

const written = Object.entries(VALUES).map(([data, value]) => ({
  data,
  ...nsPerCall({
    'JSON.stringify, ns': () => JSON.stringify(value),
    'stringifyJson, ns': () => stringifyJson(value),
  }),
}));
print('Writing JSON', written);
