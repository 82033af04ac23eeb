import { describe, expect, test } from 'vitest';
import { Message, SID_READ_REQUEST } from '../../../src/index.js';
import { hexDump } from '../../../src/session/journal/logging.js';
import { encodeStp, pureJson, structJson } from '../../../src/wire/index.js';
import { linesOf, runCommand } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';
import { documentedOutput } from '../../support/original-documentation.js';

const folder = new TestFolder();
const message = new Message({ serviceId: SID_READ_REQUEST, dataId: 7, data: 'hello' });
const payload = pureJson.encode(message);
const line = 'service: read data request, data_id: 7, status: okay, data: "\'hello\'"\n';

describe('decode', () => {
  test('reads hex dumps as they are logged, with their direction', async () => {
    const log = `noise\nDEBUG comm-client: TX -> ${hexDump(payload)}\nDEBUG comm-client: RX <- ${hexDump(payload)}\n`;
    const { code, out } = await runCommand(['decode', folder.file('dumps', log)]);
    expect([code, out]).toEqual([0, `TX -> [checksum ok] ${line}RX <- [checksum ok] ${line}`]);
  });

  test.each([
    ['the terminal', 80, (row: string) => row],
    ['a narrow terminal', 60, (row: string) => row],
    ['a terminal in the middle of a length', 90, (row: string) => row],
    ['a mail, which leaves out the blanks at the end', 120, (row: string) => row.trimEnd()],
    ['a mail from elsewhere', 120, (row: string) => `${row}\r`],
  ])("reads the original's log that %s has wrapped", async (_, width, row) => {
    const rows = documentedOutput.flatMap((text) => text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
    const { code, out } = await runCommand(['decode', folder.file('wrapped', rows.map(row).join('\n'))]);
    const whole = await runCommand(['decode', folder.file('whole', documentedOutput.join('\n'))]);
    expect([code, out]).toEqual([0, whole.out]);
    expect(out.match(/example_client (TX ->|RX <-)/g)).toHaveLength(4);
  });

  test('takes no line for the rest of a dump that is whole', async () => {
    const head = '2025-02-02 00:00:44,659:     INFO - tcp_socket - comm-client: ';
    const log = `${head}TX -> ${hexDump(payload)}\n00 01\n${head}Connection established...\nRX <- ${hexDump(payload)}\n`;
    const { code, out } = await runCommand(['decode', folder.file('neighbours', log)]);
    expect([code, out]).toEqual([
      0,
      `2025-02-02 00:00:44,659 TX -> [checksum ok] ${line}RX <- [checksum ok] ${line}`,
    ]);
  });

  test('says which dump is cut off', async () => {
    const log = `fine\n${hexDump(payload).slice(0, -3)}\n`;
    const { code, err } = await runCommand(['decode', folder.file('cut', log)]);
    const [expected, got] = [payload.length, payload.length - 1];
    expect([code, err]).toEqual([
      1,
      `socket-protocol: Line 2: expected ${expected} bytes, got ${got}; is the dump cut off?\n`,
    ]);
  });

  test('reads a raw stream: messages, frames that are not messages, and noise', async () => {
    const broken = Buffer.from(payload);
    broken[3] = 0x58;
    const stream = Buffer.concat([Buffer.from('noise'), encodeStp(payload), encodeStp(broken)]);
    const { code, out } = await runCommand(['decode', folder.file('raw', stream)]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'not a frame (noise, 5 bytes): "noise"',
      `[checksum ok] ${line.trimEnd()}`,
      expect.stringMatching(new RegExp(`^not a message \\(checksum, ${payload.length} bytes\\): .*CRC-32`)),
      '',
    ]);
  });

  test('shows the beginning of noise, as text that moves no cursor', async () => {
    const noise = Buffer.from('\u001b[2J "a\\\n::b\u00e9');
    const stream = Buffer.concat([noise, encodeStp(payload), Buffer.alloc(100, 'z')]);
    const file = folder.file('noisy', stream);
    const { out } = await runCommand(['decode', file]);
    expect(out.split('\n')).toEqual([
      `not a frame (noise, ${noise.length} bytes): "\\x1b[2J \\"a\\\\\\n::b\\xc3\\xa9"`,
      `[checksum ok] ${line.trimEnd()}`,
      `not a frame (noise, 100 bytes): "${'z'.repeat(64)}" …`,
      '',
    ]);
    const [asJson] = linesOf((await runCommand(['decode', file, '--json'])).out);
    expect(asJson).toEqual({ noise: 'noise', bytes: noise.length, sample: noise.toString('hex') });
  });

  test('names the other protocol of a stream in a field of its own', async () => {
    const stream = Buffer.concat([Buffer.from('HTTP/1.1 400 Bad Request\r\n'), encodeStp(payload)]);
    const file = folder.file('http', stream);
    const { out } = await runCommand(['decode', file]);
    expect(out).toMatch(/^not a frame \(wrong-protocol\): the stream is HTTP\n/);
    const [asJson] = linesOf((await runCommand(['decode', file, '--json'])).out);
    expect(asJson).toMatchObject({ noise: 'wrong-protocol', protocol: 'HTTP' });
  });

  test('says that a frame is a message of the other codec', async () => {
    const file = folder.file('struct.raw', encodeStp(structJson.encode(message)));
    const { out } = await runCommand(['decode', file]);
    expect(out).toMatch(
      /^not a message \(checksum, \d+ bytes\): .*; it is a valid message of struct_json\n$/,
    );
    expect((await runCommand(['decode', file, '--struct'])).out).toBe(`[checksum ok] ${line}`);
  });

  test('reads a raw stream that is written as hex, and prints JSON', async () => {
    const hex = encodeStp(payload).toString('hex');
    const { out } = await runCommand(['decode', folder.file('hex', `${hex}\n`), '--json']);
    expect(out).toBe('{"service_id":10,"data_id":7,"status":0,"data":"hello"}\n');
  });

  test('masks the data of an authentication', async () => {
    const seed = pureJson.encode(new Message({ serviceId: 1, dataId: 0, data: 'ab'.repeat(32) }));
    const { out } = await runCommand(['decode', folder.file('seed', encodeStp(seed))]);
    expect(out).toContain('data: "***"');
    expect(out).not.toContain('abab');
  });
});
