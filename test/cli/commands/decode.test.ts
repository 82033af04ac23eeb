import { describe, expect, test } from 'vitest';
import { debuggerRecordingHeader } from '../../../src/cli/recording/debugger.js';
import { Message, SID_READ_REQUEST } from '../../../src/index.js';
import { hexDump } from '../../../src/session/journal/logging.js';
import { encodeStp, pureJson, structJson } from '../../../src/wire/index.js';
import { linesOf, runCommand } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';
import { documentedOutput } from '../../support/original-documentation.js';
import { RECORDING_HEADER, recordedRead } from '../../support/recording.js';

const folder = new TestFolder();
const message = new Message({ serviceId: SID_READ_REQUEST, dataId: 7, data: 'hello' });
const payload = pureJson.encode(message);
const line = 'service: read data request, data_id: 7, status: okay, data: "hello"\n';

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
      2,
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
    const { code, out, err } = await runCommand(['decode', file]);
    expect(out).toMatch(
      /^not a message \(checksum, \d+ bytes\): .*; it is a valid message of struct_json\n$/,
    );
    const told = 'One frame is a message of the other codec and was not decoded; try with --struct';
    expect([code, err]).toEqual([1, `socket-protocol: ${told}\n`]);
    const asked = await runCommand(['decode', file, '--struct']);
    expect(asked).toEqual({ code: 0, out: `[checksum ok] ${line}`, err: '' });
  });

  test('prints what it can read around frames of the other codec, and says how many there were', async () => {
    const ofOther = encodeStp(pureJson.encode(message));
    const stream = Buffer.concat([ofOther, encodeStp(structJson.encode(message)), ofOther]);
    const { code, out, err } = await runCommand(['decode', folder.file('both.raw', stream), '--struct']);
    expect([code, out.split('\n')[1]]).toEqual([1, `[checksum ok] ${line.trimEnd()}`]);
    const told = '2 frames are messages of the other codec and were not decoded; try without --struct';
    expect(err).toBe(`socket-protocol: ${told}\n`);
  });

  test('does not advise --struct for a recording, which says itself what its codec is', async () => {
    const hex = Buffer.from(structJson.encode(message)).toString('hex');
    const row = `${JSON.stringify({ ms: 1, connection: 1, from: 'client', payload: hex })}\n`;
    const file = folder.file('other.jsonl', RECORDING_HEADER + row + recordedRead(7, 'x'));
    const { code, out, err } = await runCommand(['decode', file, '--json']);
    const [, request, answer] = linesOf(out);
    expect([code, request, answer]).toEqual([
      1,
      expect.objectContaining({ data_id: 7, data: null }),
      expect.objectContaining({ data_id: 7, data: 'x' }),
    ]);
    const advice = 'the two sides use different codecs, or it was recorded with the wrong one';
    const error = `One frame is a message of the other codec and was not decoded; ${advice}`;
    expect(linesOf(err)).toEqual([{ error, code: 'ERR_INPUT_INCOMPLETE' }]);
  });

  test('reads each session in a recording of the debugger by its own codec', async () => {
    const names = { service: 'read data request', data: '7', status: 'okay' };
    const place = { from: 'client', role: 'request', exchange: 1, names, hiddenBytes: 0, isTrouble: false };
    const rows = [pureJson, structJson].map((codec, index) => {
      const hex = Buffer.from(codec.encode(message)).toString('hex');
      const entry = { kind: 'message', ...message, ...place, group: codec.name, codec: codec.name, hex };
      return `${JSON.stringify({ number: index + 1, ms: index, ...entry })}\n`;
    });
    const file = folder.file('two-codecs.jsonl', debuggerRecordingHeader(0) + rows.join(''));
    const { code, out, err } = await runCommand(['decode', file]);
    expect([code, out, err]).toEqual([0, `client [checksum ok] ${line}`.repeat(2), '']);
  });

  test('takes the word of a debugger for which frames are of the other codec, also where it has not kept them whole', async () => {
    const drop = {
      kind: 'drop',
      group: 'pump',
      from: 'server',
      codec: 'pure_json',
      detail: 'wrong',
      isTrouble: true,
    };
    const cut = { reason: 'checksum', readableAs: 'struct_json', hex: '7b', hiddenBytes: 900 };
    // a limit of the session has refused it
    const deep = {
      reason: 'depth',
      readableAs: 'pure_json',
      hex: Buffer.from(payload).toString('hex'),
      hiddenBytes: 0,
    };
    const decodeDrops = (...drops: readonly object[]) => {
      const rows = drops.map((each, ms) => `${JSON.stringify({ number: ms + 1, ms, ...drop, ...each })}\n`);
      return runCommand(['decode', folder.file('drops.jsonl', debuggerRecordingHeader(0) + rows.join(''))]);
    };
    const refused = `server not a message (depth, ${payload.length} bytes): wrong\n`;
    expect(await decodeDrops(deep)).toEqual({ code: 0, out: refused, err: '' });
    const { code, out, err } = await decodeDrops(cut, deep);
    const hint = '; it is a valid message of struct_json';
    expect([code, out]).toEqual([1, `server not a message (checksum, 901 bytes): wrong${hint}\n${refused}`]);
    expect(err).toMatch(
      /^socket-protocol: One frame is a message of the other codec and was not decoded; the two/,
    );
  });

  test('reads a raw stream that is written as hex, and prints JSON', async () => {
    const hex = encodeStp(payload).toString('hex');
    const { out } = await runCommand(['decode', folder.file('hex', `${hex}\n`), '--json']);
    expect(out).toBe('{"service_id":10,"data_id":7,"status":0,"data":"hello"}\n');
  });

  test('has with --json who sent what a log shows, when, and on which channel', async () => {
    const { out } = await runCommand([
      'decode',
      folder.file('documented', documentedOutput.join('\n')),
      '--json',
    ]);
    const channel = 'example_client';
    expect(linesOf(out).map(({ data, service_id, ...place }) => place)).toEqual([
      { time: '2025-02-02 00:00:44,659', channel, direction: 'TX', from: 'client', data_id: 0, status: 0 },
      { time: '2025-02-02 00:00:44,709', channel, direction: 'TX', from: 'client', data_id: 0, status: 0 },
      { time: '2025-02-02 00:00:44,710', channel, direction: 'RX', from: 'server', data_id: 0, status: 0 },
      { time: '2025-02-02 00:00:44,761', channel, direction: 'RX', from: 'server', data_id: 0, status: 0 },
    ]);
    const ofServer = `2025-02-02 00:00:44,659:     INFO - tcp_socket - comm-server: RX <- ${hexDump(payload)}\n`;
    const [received] = linesOf((await runCommand(['decode', folder.file('server', ofServer), '--json'])).out);
    expect(received).toMatchObject({ direction: 'RX', from: 'client' });
    const [bare] = linesOf(
      (await runCommand(['decode', folder.file('bare', `TX -> ${hexDump(payload)}`), '--json'])).out,
    );
    expect(bare).toEqual({ direction: 'TX', service_id: 10, data_id: 7, status: 0, data: 'hello' });
  });

  test('has with --json the time and the connection of what was recorded', async () => {
    const header =
      '{"recording":"socket-protocol","version":1,"codec":"pure_json","started":"2025-02-02T00:00:44.500Z"}\n';
    const hex = Buffer.from(payload).toString('hex');
    const row = (ms: number, connection: number): string =>
      `${JSON.stringify({ ms, connection, from: 'client', payload: hex })}\n`;
    const { out } = await runCommand([
      'decode',
      folder.file('two', header + row(0, 1) + row(1_250.5, 2)),
      '--json',
    ]);
    const message = { from: 'client', service_id: 10, data_id: 7, status: 0, data: 'hello' };
    expect(linesOf(out)).toEqual([
      { time: '2025-02-02T00:00:44.500Z', ms: 0, connection: 1, ...message },
      { time: '2025-02-02T00:00:45.750Z', ms: 1_250.5, connection: 2, ...message },
    ]);
  });

  test('reads a long log whose first dump comes late, and a stream after much noise', async () => {
    const late = `${'nothing to see here\n'.repeat(100_000)}TX -> ${hexDump(payload)}\n`;
    expect((await runCommand(['decode', folder.file('late', late)])).out).toBe(`TX -> [checksum ok] ${line}`);
    const noisy = Buffer.concat([Buffer.alloc(2_000_000, 'z'), encodeStp(payload)]);
    const { code, out } = await runCommand(['decode', folder.file('noisy', noisy)]);
    expect([code, out.endsWith(`[checksum ok] ${line}`)]).toEqual([0, true]);
  });

  test('decodes hex up to where it is cut off, or something else follows', async () => {
    const hex = Buffer.from(encodeStp(payload)).toString('hex');
    for (const [end, sentence] of [
      ['3', `Odd number of hex digits (${hex.length + 1}); is the dump cut off?`],
      ['\n-- end --', `Only the first ${hex.length} hex digits were decoded: something else follows them`],
    ] as const) {
      const { code, out, err } = await runCommand(['decode', folder.file('hex', hex + end)]);
      expect([code, out, err]).toEqual([1, expect.stringContaining(line), `socket-protocol: ${sentence}\n`]);
    }
  });

  test('masks the data of an authentication', async () => {
    const seed = pureJson.encode(new Message({ serviceId: 1, dataId: 0, data: 'ab'.repeat(32) }));
    const { out } = await runCommand(['decode', folder.file('seed', encodeStp(seed))]);
    expect(out).toContain('data: ***\n');
    expect(out).not.toContain('abab');
  });
});
