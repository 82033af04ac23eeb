import { describe, expect, test } from 'vitest';
import { alternativeNames, peerCertificateOf } from '../../../src/transport/tls/peer-certificate.js';

describe('the certificate of a peer', () => {
  test.each([
    [undefined, []],
    [
      'DNS:a.example, IP Address:127.0.0.1',
      [
        ['DNS', 'a.example'],
        ['IP Address', '127.0.0.1'],
      ],
    ],
    ['IP Address:0:0:0:0:0:0:0:1', [['IP Address', '0:0:0:0:0:0:0:1']]],
    // one name that looks like two
    [
      'DNS:"a.example, DNS:b.example", URI:x',
      [
        ['DNS', 'a.example, DNS:b.example'],
        ['URI', 'x'],
      ],
    ],
    ['DNS:"a\\"b"', [['DNS', 'a"b']]],
  ])('has the names in %j', (text, names) => {
    expect(alternativeNames(text)).toEqual(names);
  });

  test('has each field as a list, and a common name where there is one', () => {
    const of = (CN: unknown) =>
      peerCertificateOf({
        subject: { CN, O: 'x' },
        issuer: {},
        valid_to: 'Jan  1 00:00:00 2126 GMT',
      } as never);
    expect(of('a')).toMatchObject({ commonName: 'a', subject: { CN: ['a'], O: ['x'] } });
    expect(of(['a', 'b'])).toMatchObject({ commonName: null, subject: { CN: ['a', 'b'] } });
    expect(of('a').validTo.getUTCFullYear()).toBe(2126);
  });
});
