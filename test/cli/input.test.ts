/** Standard input as shells, pipes and other programs give it. */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type JsonValue, listen, Message, type Server } from '../../src/index.js';
import { hexDump } from '../../src/session/journal/logging.js';
import { encodeStp, pureJson } from '../../src/wire/index.js';
import { CompiledCommand } from '../support/compiled-command.js';
import { TestFolder } from '../support/folder.js';
import { RECORDING_HEADER, recordedRead } from '../support/recording.js';

// processes start slowly when many tests run at once
vi.setConfig({ testTimeout: 60_000 });

const SECRET = 'correct horse battery staple';
const folder = new TestFolder();
const messages = ['one', 'two', 'three'].map((data) => new Message({ serviceId: 10, dataId: 7, data }));
const frames = messages.map((message) => Buffer.from(encodeStp(pureJson.encode(message))));
const raw = folder.file('raw.bin', Buffer.concat(frames));
const decoded = ['one', 'two', 'three']
  .map((data) => `[checksum ok] service: read data request, data_id: 7, status: okay, data: "${data}"\n`)
  .join('');
const recording = folder.file('device.jsonl', RECORDING_HEADER + recordedRead(1, 'one'));
const secretFile = folder.file('secret.txt', `${SECRET}\n`);

let command: CompiledCommand;
let server: Server;
let address: string;
/** What was written to data id 7. */
let written: JsonValue[] = [];

beforeAll(async () => {
  command = new CompiledCommand();
  server = await listen({ port: 0, secret: SECRET }, (session) => {
    session.onRead(1, () => 'one').onWrite(7, (data) => void written.push(data));
  });
  address = `127.0.0.1:${server.port}`;
}, 60_000);

afterAll(async () => {
  await server.close();
  command.remove();
});

/** Runs a line of bash in which `$CLI` is the command. */
const bash = (line: string, env: Readonly<Record<string, string>> = {}) => command.bash(line, env).outcome();

describe('decode', () => {
  /** More than any pipe holds at once. */
  const long = folder.file(
    'long.bin',
    Buffer.concat(Array.from({ length: 2_000 }, () => Buffer.concat(frames))),
  );
  const LINES = '6000\n';

  test.each([
    ['cat', 'cat LONG | $CLI decode | wc -l'],
    ['dd with small blocks', 'dd if=LONG bs=700 status=none | $CLI decode - | wc -l'],
    ['a file', '$CLI decode LONG | wc -l'],
    ['a redirection', '$CLI decode < LONG | wc -l'],
    ['a pipe with a name', '$CLI decode <(cat LONG) | wc -l'],
    ['hex', 'od -An -v -tx1 LONG | $CLI decode | wc -l'],
    ['hex on one line', 'od -An -v -tx1 LONG | tr -d " \\n" | $CLI decode | wc -l'],
  ])('reads a long input from %s', async (_, line) => {
    const outcome = await bash(line.replaceAll('LONG', long));
    expect(outcome).toEqual({ code: 0, out: expect.stringMatching(new RegExp(`^ *${LINES}$`)), err: '' });
  });

  test('reads a pipe that does not block, and prints each message when it has come', async () => {
    const child = command.start(['decode']);
    let soFar = '';
    for (const [index, frame] of frames.entries()) {
      child.type(frame);
      soFar = decoded
        .split('\n')
        .slice(0, index + 1)
        .join('\n');
      await child.printed(new RegExp(`"${['one', 'two', 'three'][index]}"\n`));
      expect(child.out).toBe(`${soFar}\n`);
    }
    child.endInput();
    expect(await child.outcome()).toEqual({ code: 0, out: decoded, err: '' });
  });

  test.each([
    ['a recording', [RECORDING_HEADER, ...recordedRead(1, 'one').split(/(?<=\n)/)], /"one"/],
    ['a log', ['some log\n', `TX -> ${hexDump(pureJson.encode(messages[0] as Message))}\n`], /"one"/],
    ['hex', [(frames[0] as Buffer).toString('hex')], /"one"/],
  ])('prints what came of %s before its end', async (_, parts, pattern) => {
    const child = command.start(['decode']);
    for (const part of parts) child.type(part);
    await child.printed(pattern);
    child.interrupt();
    expect((await child.outcome()).code).toBe(130);
  });

  test.each([
    ['that was closed', '$CLI decode <&-', 'Nothing to decode: the input is empty'],
    ['that is /dev/null', '$CLI decode </dev/null', 'Nothing to decode: the input is empty'],
    ['that is a folder', '$CLI decode </tmp', 'Could not read standard input: it is a folder'],
    [
      'of something else',
      'yes | head -c 300000 | $CLI decode',
      'Nothing to decode: no hex dump, frame or recording in 300000 bytes',
    ],
  ])('refuses a standard input %s', async (_, line, sentence) => {
    expect(await bash(line)).toEqual({ code: 2, out: '', err: `socket-protocol: ${sentence}\n` });
  });

  test('ends at once when its reader has enough, however much is still to come', async () => {
    const line = `while cat ${raw}; do :; done 2>/dev/null | $CLI decode | head -1; echo "\${PIPESTATUS[1]}"`;
    const { code, out, err } = await bash(line);
    expect([code, out, err]).toEqual([0, `${decoded.split('\n')[0]}\n0\n`, '']);
  });
});

describe('replay', () => {
  test('reads a recording from a pipe', async () => {
    await using plain = await listen({ port: 0 }, (session) => void session.onRead(1, () => 'one'));
    const line = `cat ${recording} | $CLI replay - --as client --to 127.0.0.1:${plain.port} --speed 0`;
    const { code, out, err } = await bash(line);
    expect([code, out.slice(0, 4), err]).toEqual([0, 'same', '']);
  });
});

describe('data and the secret', () => {
  const env = { SOCKET_PROTOCOL_SECRET: SECRET };
  const at = (name: string, content: string | Buffer): string => folder.file(name, content);

  test.each<[string, string, JsonValue]>([
    ['standard input', `echo '{"a": [1, NaN]}' | $CLI write ADDRESS 7 -`, { a: [1, Number.NaN] }],
    ['what read prints', '$CLI read ADDRESS 1 | $CLI write ADDRESS 7 -', 'one'],
    ['a file', `$CLI write ADDRESS 7 @${at('data.json', '{"b": 2}\r\n')}`, { b: 2 }],
    [
      'a file in UTF-16',
      `$CLI write ADDRESS 7 @${at('utf16.json', Buffer.from('\ufeff"é"', 'utf16le'))}`,
      'é',
    ],
    ['a pipe with a name', `$CLI write ADDRESS 7 "@"<(echo 5)`, 5],
    ['an argument that begins with @', `$CLI write ADDRESS 7 '"@home"'`, '@home'],
    ['a number of --json', `$CLI write ADDRESS 7 '{"$number":"-Infinity"}'`, Number.NEGATIVE_INFINITY],
  ])('come from %s', async (_, line, data) => {
    written = [];
    const outcome = await bash(line.replaceAll('ADDRESS', address), env);
    expect(outcome).toEqual({ code: 0, out: 'null\n', err: '' });
    expect(written).toEqual([data]);
  });

  test('the secret comes from standard input', async () => {
    const outcome = await bash(`$CLI read ${address} 1 --secret-file - < ${secretFile}`);
    expect(outcome).toEqual({ code: 0, out: '"one"\n', err: '' });
    const empty = await bash(`$CLI read ${address} 1 --secret-file - < /dev/null`);
    expect(empty).toEqual({
      code: 2,
      out: '',
      err: 'socket-protocol: The secret on standard input is empty\n',
    });
  });

  test('the secret is typed at a terminal, which does not show it', async () => {
    const typing = command.inTerminal(['read', address, '1', '--secret-file', '-']);
    await typing.printed(/Secret: /);
    typing.type(`${SECRET}x\u007f\r`);
    const { code, out } = await typing.outcome();
    expect([code, out]).toEqual([0, 'Secret: \r\n"one"\r\n']);

    const interrupted = command.inTerminal(['read', address, '1', '--secret-file', '-']);
    await interrupted.printed(/Secret: /);
    interrupted.type('abc\u0003');
    const outcome = await interrupted.outcome();
    expect([outcome.code, outcome.out]).toEqual([130, 'Secret: \r\n']);
  });

  test.each([
    [`write ${'ADDRESS'} 7 - --secret-file -`, '--secret-file and <json>'],
    ['shell ADDRESS --secret-file -', '--secret-file and the shell'],
    ['replay - --secret-file -', '--secret-file and <recording>'],
    ['share 0 ADDRESS --secret-file - --rights -', '--secret-file and --rights'],
  ])('standard input is for one of two: %s', async (line, both) => {
    const { code, out, err } = await bash(`echo x | $CLI ${line.replace('ADDRESS', address)}`);
    expect([code, out, err]).toEqual([
      2,
      '',
      `socket-protocol: Standard input is for one of ${both}; give the other as a file\n`,
    ]);
  });

  test.each([
    [`write ADDRESS 7 @`, `Expected a file behind @, got "@"; a string has quotation marks: '"@"'`],
    ['write ADDRESS 7 @nowhere.json', 'Could not read "nowhere.json": no such file or directory'],
    ['write ADDRESS 7 @/tmp', 'Could not read "/tmp": it is a folder'],
    ['write ADDRESS 7 - </dev/null', 'There is no data in standard input; it must be JSON, such as null'],
    [
      `write ADDRESS 7 @${at('bytes', Buffer.from([0x22, 0xff, 0x22]))}`,
      /^The data in ".*bytes" is no text; it must be JSON in UTF-8$/,
    ],
    [
      `write ADDRESS 7 @${at('wrong.json', '{"on": yes}')}`,
      /^Invalid JSON in ".*wrong\.json": [^\n]+\n {2}\{"on": yes\}\n {9}\^$/,
    ],
  ])('what is no data is refused: %s', async (line, sentence) => {
    const { code, out, err } = await bash(`$CLI ${line.replace('ADDRESS', address)}`, env);
    expect([code, out]).toEqual([2, '']);
    const text = err.replace(/^socket-protocol: /, '').trimEnd();
    if (typeof sentence === 'string') expect(text).toBe(sentence);
    else expect(text).toMatch(sentence);
  });
});

test.skipIf(!existsSync('/proc/self/status'))('a long pipe is decoded in little memory', async () => {
  // 60 MB; what is kept of it would show in a process that needs about as much for itself
  const message = new Message({ serviceId: 10, dataId: 7, data: 'x'.repeat(50_000) });
  const block = Buffer.concat(
    Array.from({ length: 20 }, () => Buffer.from(encodeStp(pureJson.encode(message)))),
  );
  const child = spawn(process.execPath, [command.main, 'decode'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.resume();
  let peak = 0;
  for (let sent = 0; sent < 60e6; sent += block.length) {
    if (!child.stdin.write(block)) await new Promise((resolve) => child.stdin.once('drain', resolve));
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    peak = Math.max(peak, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
  }
  child.stdin.end();
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  expect(peak).toBeLessThan(200);
});
