import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OptionError } from '../../../src/index.js';
import {
  isNoCertificate,
  LEAST_PSK_SECRET_LENGTH,
  pskName,
  pskOf,
  pskSecret,
} from '../../../src/transport/tls/psk.js';

const SECRET = Buffer.from('s'.repeat(32));

/** HKDF-SHA-256 without a salt, by its definition (RFC 5869), for one block. */
function hkdf(secret: Buffer, info: string): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest();
  return createHmac('sha256', extracted)
    .update(Buffer.concat([Buffer.from(info), Buffer.from([1])]))
    .digest();
}

describe('a pre-shared key', () => {
  test('is HKDF-SHA-256 of the secret, with the direction, the server and the client inside', () => {
    const key = pskOf(SECRET, 'boiler', 'pump');
    expect(key).toEqual(hkdf(SECRET, 'socket-protocol/1 psk client→server boiler\0pump'));
    expect(key).not.toEqual(pskOf(SECRET, 'pump', 'boiler'));
  });

  test('is made of a secret of 32 characters, and of no shorter one', () => {
    expect(pskSecret('psk', 's'.repeat(LEAST_PSK_SECRET_LENGTH)).length).toBe(32);
    expect(() => pskSecret('psk', 's'.repeat(LEAST_PSK_SECRET_LENGTH - 1))).toThrow(OptionError);
  });

  test.each([
    ['127 bytes', 'x'.repeat(127), true],
    ['128 bytes', 'x'.repeat(128), false],
    ['64 characters of two bytes', 'ä'.repeat(64), false],
    ['a zero character', 'a\0b', false],
  ])('takes a name of %s: %#', (_, name, isTaken) => {
    if (isTaken) expect(pskName('psk', name)).toBe(name);
    else expect(() => pskName('psk', name)).toThrow(OptionError);
  });

  test.each([
    [null, true],
    [undefined, true],
    [{}, true],
    [{ subject: {} }, false],
  ])('comes with no certificate: %j is none: %j', (certificate, isNone) => {
    expect(isNoCertificate(certificate)).toBe(isNone);
  });
});
