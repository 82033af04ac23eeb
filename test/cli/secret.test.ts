import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSecret } from '../../src/cli/secret.js';
import { listen } from '../../src/index.js';
import { runCommand } from '../support/command.js';
import { TestFolder } from '../support/folder.js';

const SECRET = 'correct horse battery staple';
const folder = new TestFolder();

/** A file with a secret, named after its content. */
function secretFile(content: string | Buffer): string {
  return folder.file(`secret-${Buffer.from(content as string).toString('hex')}`, content);
}

test('the secret comes from a file or from the environment', async () => {
  await using server = await listen({ port: 0, secret: SECRET }, (session) => session.onRead(0, () => 1));
  const argv = ['read', `127.0.0.1:${server.port}`, '0'];
  const fromFile = await runCommand([...argv, '--secret-file', secretFile(`${SECRET}\n`)]);
  const fromVariable = await runCommand(argv, { env: { SOCKET_PROTOCOL_SECRET: SECRET } });
  const fine = { code: 0, out: '1\n', err: '' };
  expect([fromFile, fromVariable]).toEqual([fine, fine]);
});

test('the file wins over the environment', async () => {
  await using server = await listen({ port: 0, secret: SECRET }, (session) => session.onRead(0, () => 1));
  const argv = ['read', `127.0.0.1:${server.port}`, '0', '--secret-file', secretFile(SECRET)];
  expect((await runCommand(argv, { env: { SOCKET_PROTOCOL_SECRET: 'another' } })).code).toBe(0);
});

const UTF_8_MARK = [0xef, 0xbb, 0xbf];

/** As the PowerShell of Windows writes it. */
function utf16(text: string, isBigEndian = false): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
}

describe('FC-24: a secret file', () => {
  test.each([
    ['without a newline', SECRET],
    ['with a newline', `${SECRET}\n`],
    ['with a newline of Windows', `${SECRET}\r\n`],
    ['with a newline of the first Macs', `${SECRET}\r`],
    ['with several newlines', `${SECRET}\n\r\n\n`],
    ['with a byte-order mark', Buffer.from([...UTF_8_MARK, ...Buffer.from(SECRET)])],
    ['with a byte-order mark and a newline', Buffer.from([...UTF_8_MARK, ...Buffer.from(`${SECRET}\r\n`)])],
    ['in UTF-16', utf16(`${SECRET}\r\n`)],
    ['in UTF-16, the other way round', utf16(`${SECRET}\r\n`, true)],
  ])('%s holds the same secret', async (_, content) => {
    await using server = await listen({ port: 0, secret: SECRET }, (session) => session.onRead(0, () => 1));
    const argv = ['read', `127.0.0.1:${server.port}`, '0', '--secret-file', secretFile(content)];
    expect(await runCommand(argv)).toEqual({ code: 0, out: '1\n', err: '' });
  });

  test.each([
    ['blanks and a tab within', 'a  b\tc d'],
    ['letters beyond ASCII', 'Schlüssel 🔑 ключ'],
    ['an emoji of several characters', '👩‍💻 and more of it'],
    ['quotation marks within', `"a" and 'b'`],
    ['a sharp sign', '# no comment'],
  ])('keeps %s', (_, secret) => {
    const warnings: string[] = [];
    const io = { env: {}, stderr: (text: string) => void warnings.push(text) };
    for (const content of [secret, utf16(secret), `${secret}\n`]) {
      expect(readSecret(secretFile(content), io)?.toString()).toBe(secret);
    }
    expect(warnings).toEqual([]);
  });

  test.each([
    ['', /^The secret file ".+" is empty$/],
    ['\n', /^The secret file ".+" is empty$/],
    [Buffer.from(UTF_8_MARK), /^The secret file ".+" is empty$/],
    [utf16(''), /^The secret file ".+" is empty$/],
    [utf16('\r\n'), /^The secret file ".+" is empty$/],
    [' \t \n', /^The secret file ".+" holds nothing but blanks$/],
    ['\u00a0\n', /^The secret file ".+" holds nothing but blanks$/],
    [`${SECRET} \n`, /^The secret file ".+" ends with a blank; remove it$/],
    [`${SECRET} \r\n`, /^The secret file ".+" ends with a blank; remove it$/],
    [`${SECRET}\t`, /^The secret file ".+" ends with a tab; remove it$/],
    [`${SECRET}\n \n`, /^The secret file ".+" has several lines; a secret is one$/],
    [` ${SECRET}\n`, /^The secret file ".+" begins with a blank; remove it$/],
    [`\n${SECRET}\n`, /^The secret file ".+" has several lines; a secret is one$/],
    [`${SECRET}\u00a0\n`, /^The secret file ".+" ends with a non-breaking space \(U\+00A0\); remove it$/],
    [
      `${SECRET}\u200b`,
      /^The secret file ".+" ends with a character that cannot be seen \(U\+200B\); remove it$/,
    ],
    [`\ufeff\ufeff${SECRET}`, /^The secret file ".+" begins with a byte-order mark \(U\+FEFF\); remove it$/],
    [`${SECRET}\nanother`, /^The secret file ".+" has several lines; a secret is one$/],
    [`${SECRET}\ranother`, /^The secret file ".+" has several lines; a secret is one$/],
    [`${SECRET}\u2028another`, /^The secret file ".+" has several lines; a secret is one$/],
    [`${SECRET}\0`, /^The secret file ".+" contains NUL bytes; save it as UTF-8 \(UTF-16 needs/],
    [
      Buffer.from(SECRET, 'utf16le'),
      /^The secret file ".+" contains NUL bytes; save it as UTF-8 \(UTF-16 needs/,
    ],
    [utf16(`a\0b`), /^The secret file ".+" contains a control character \(U\+0000\)$/],
    [`${SECRET}\u001b[0mx`, /^The secret file ".+" contains a control character \(U\+001B\)$/],
    [Buffer.from('Schlüssel', 'latin1'), /^The secret file ".+" is not UTF-8; save it as UTF-8/],
    [
      Buffer.from([0xff, 0xfe, 0x61]),
      /^The secret file ".+" begins like UTF-16 and is not; save it as UTF-8 \(/,
    ],
    [
      Buffer.from([0xff, 0xfe, 0x00, 0xd8]),
      /^The secret file ".+" begins like UTF-16 and is not; save it as UTF-8 \(/,
    ],
    ['x'.repeat(64 * 1024 + 1), /^The file ".+" has more than 65536 bytes$/],
  ])('that is not one line of text is refused with the reason: %#', async (content, message) => {
    const file = folder.file('refused', content);
    const { code, out, err } = await runCommand(['serve', '--port', '0', '--secret-file', file]);
    expect([code, out]).toEqual([2, '']);
    expect(err.slice('socket-protocol: '.length, -1)).toMatch(message);
    expect(err).not.toContain('horse');
  });

  test.each([
    [folder.at('missing'), 'no such file or directory'],
    [folder.path, 'it is a folder'],
    ['/dev/zero', 'The file "/dev/zero" has more than 65536 bytes'],
  ])('that is none is refused with the reason: %s', async (file, text) => {
    const { code, out, err } = await runCommand(['serve', '--port', '0', '--secret-file', file]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(text);
  });

  test.runIf(process.getuid?.() !== 0)('that may not be read is refused with the reason', async () => {
    const file = secretFile(SECRET);
    chmodSync(file, 0o000);
    const { code, err } = await runCommand(['serve', '--port', '0', '--secret-file', file]);
    chmodSync(file, 0o600);
    expect([code, err]).toEqual([
      2,
      `socket-protocol: Could not read ${JSON.stringify(file)}: permission denied\n`,
    ]);
  });

  test.each([
    ['correct\u00a0horse', 'contains a non-breaking space (U+00A0), which is part of the secret'],
    ['correct\u200bhorse', 'contains a character that cannot be seen (U+200B), which is part of the secret'],
    [
      'cle\u0301',
      'has letters whose accents are characters of their own (not NFC), which the other side must have too',
    ],
    ['"correct horse"', 'is in quotation marks, which are part of the secret'],
    ["'correct horse'", 'is in quotation marks, which are part of the secret'],
  ])('with what may be a mistake is read as it is, with a warning: %j', async (secret, warning) => {
    await using server = await listen({ port: 0, secret }, (session) => session.onRead(0, () => 1));
    const file = secretFile(`${secret}\n`);
    const argv = ['read', `127.0.0.1:${server.port}`, '0', '--secret-file', file];
    const err = `socket-protocol: warning: The secret file ${JSON.stringify(file)} ${warning}\n`;
    expect(await runCommand(argv)).toEqual({ code: 0, out: '1\n', err });
  });
});

describe('FC-24: the variable with the secret', () => {
  test.each([
    ['', 'is empty; unset it to use no secret'],
    ['\n', 'is empty'],
    ['  ', 'holds nothing but blanks'],
    [`${SECRET} `, 'ends with a blank; remove it'],
    [` ${SECRET}`, 'begins with a blank; remove it'],
    ['a\nb', 'has several lines; a secret is one'],
    ['Schl\ufffdssel', 'is not UTF-8'],
  ])('is refused with the reason: %j', async (value, text) => {
    const env = { SOCKET_PROTOCOL_SECRET: value };
    const { code, out, err } = await runCommand(['serve', '--port', '0'], { env });
    expect([code, out, err]).toEqual([2, '', `socket-protocol: SOCKET_PROTOCOL_SECRET ${text}\n`]);
  });

  test('may end in a newline, as one from a file of a container does', () => {
    const io = { env: { SOCKET_PROTOCOL_SECRET: `${SECRET}\n` }, stderr: () => {} };
    expect(readSecret(undefined, io)?.toString()).toBe(SECRET);
  });
});

test('--verbose never logs the secret, a seed or a key', async () => {
  await using server = await listen({ port: 0, secret: SECRET }, (session) => session.onRead(0, () => 1));
  const argv = ['read', `127.0.0.1:${server.port}`, '0', '--verbose'];
  const { err } = await runCommand(argv, { env: { SOCKET_PROTOCOL_SECRET: SECRET } });
  expect(err).toContain('data_id: key');
  expect(err).not.toContain(SECRET);
  expect(err).not.toMatch(/[0-9a-f]{64}/);
});
