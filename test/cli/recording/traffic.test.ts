import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/cli/errors.js';
import { readTraffic } from '../../../src/cli/recording/traffic.js';
import { DEBUGGER_HEADER, RECORDING_HEADER, recordedRead } from '../../support/recording.js';

/** The error that a recording is refused with. */
function faultOf(text: string): string {
  try {
    readTraffic(text);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'none';
}

describe('a recording', () => {
  test('is read into its items, each with its place', () => {
    const { codec, items } = readTraffic(RECORDING_HEADER + recordedRead(7, 'x', 12.5));
    expect(codec.name).toBe('pure_json');
    expect(items).toMatchObject([
      { atMs: 12.5, from: 'client', connection: 1, item: { kind: 'message', message: { serviceId: 10 } } },
      { atMs: 12.5, from: 'server', connection: 1, item: { kind: 'message', message: { data: 'x' } } },
    ]);
  });

  test.each([
    ['cut off', `${RECORDING_HEADER}{"ms":1,"from":"client","pay`, /^The recording is cut off/],
    ['with a line that is not JSON', `${RECORDING_HEADER}hello\n`, /^Line 2 of the recording is not JSON$/],
    [
      'with an incomplete line',
      `${RECORDING_HEADER}{"ms":1}\n`,
      /^Line 2 of the recording: from is missing$/,
    ],
    [
      'with another sender',
      `${RECORDING_HEADER}{"ms":1,"from":"device","payload":""}\n`,
      /^Line 2 of the recording: expected \("client" \| "server"\) as from, got "device"$/,
    ],
    [
      'of a later version',
      RECORDING_HEADER.replace('"version":1', '"version":2'),
      /^The recording has version 2; this program reads version 1$/,
    ],
    [
      'of the debugger, of another version',
      DEBUGGER_HEADER,
      /^The recording has version 1; this program reads version 2$/,
    ],
    [
      'with bytes that are not hex, of which it shows the beginning',
      `${RECORDING_HEADER}{"ms":1,"from":"client","payload":"zz${'6461'.repeat(100)}"}\n`,
      /^Line 2 of the recording: expected pairs of hex digits as payload, got "zz6461[0-9a-f]{0,54}…$/,
    ],
    [
      'in an unknown codec',
      RECORDING_HEADER.replace('pure_json', 'xml'),
      /^The recording has the unknown codec xml; expected pure_json or struct_json$/,
    ],
    [
      'of something else',
      '{}\n',
      /^This is not a recording of socket-protocol, as .*; decode reads logs and raw streams$/,
    ],
  ])('%s is refused', (_, text, message) => {
    expect(faultOf(text)).toMatch(message);
  });

  test('of another protocol is read as it was written, also by the first version of this program', () => {
    const noise = (fields: string): string => `{"ms":1,"from":"client",${fields},"bytes":4,"sample":""}\n`;
    const text =
      RECORDING_HEADER + noise('"noise":"wrong-protocol","protocol":"TLS"') + noise('"noise":"noise"');
    expect(readTraffic(text).items.map(({ item }) => item)).toMatchObject([
      { kind: 'noise', reason: 'wrong-protocol', protocol: 'TLS', byteLength: 4 },
      { kind: 'noise', reason: 'noise', protocol: undefined, byteLength: 4 },
    ]);
  });
});
