import { describe, expect, test } from 'vitest';
import { listen } from '../../../src/index.js';
import { linesOf, runCommand, startListening } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';
import { RECORDING_HEADER, recordedLine, recordedRead } from '../../support/recording.js';

const folder = new TestFolder();

describe('replay as server', () => {
  test('answers in the order of the recording, then with the last answer again and again', async () => {
    const recording = folder.file('counter', RECORDING_HEADER + recordedRead(1, 'a') + recordedRead(1, 'b'));
    const { running, address } = await startListening(['replay', recording, '--port', '0']);
    const argv = ['request', address, '10', '1', '--repeat', '3'];
    expect((await runCommand(argv)).out).toBe('"a"\n"b"\n"b"\n');
    expect((await runCommand(['read', address, '2'])).err).toContain('service or data unknown');
    expect(await running.interrupt()).toBe(0);
  });

  test.each([
    [1, 'Skipped 1 request without a recorded answer'],
    [2, 'Skipped 2 requests without a recorded answer'],
  ])('skips requests without an answer, and says how many: %i', async (count, text) => {
    const unanswered = recordedLine({ from: 'client', serviceId: 10, dataId: 1 }).repeat(count);
    const recording = folder.file(`half-${count}`, RECORDING_HEADER + recordedRead(1, null) + unanswered);
    const { running } = await startListening(['replay', recording, '--port', '0']);
    expect(running.err).toBe(`socket-protocol: warning: ${text}\n`);
    expect(await running.interrupt()).toBe(0);
  });
});

describe('replay as client', () => {
  test('compares the answers, and ends with exit code 1 if one differs', async () => {
    const recording = folder.file('two-reads', RECORDING_HEADER + recordedRead(1, 1) + recordedRead(2, 2));
    await using server = await listen({ port: 0 }, (session) => session.onRead(null, () => 1));
    const argv = ['replay', recording, '--as', 'client', '--to', `127.0.0.1:${server.port}`, '--speed', '0'];
    const { code, out, err } = await runCommand(argv);
    expect([code, err]).toEqual([1, 'socket-protocol: 1 answer differs from the recording\n']);
    expect(out.split('\n').map((line) => line.slice(0, 7))).toEqual(['same   ', 'differs', '']);
    const asJson = await runCommand([...argv, '--json']);
    expect(linesOf(asJson.out)).toEqual([
      { service_id: 11, data_id: 1, status: 0, data: 1, same: true },
      { service_id: 11, data_id: 2, status: 0, data: 1, same: false },
    ]);
    expect(linesOf(asJson.err)).toEqual([
      { error: '1 answer differs from the recording', code: 'ERR_ANSWERS_DIFFER' },
    ]);
  });
});
