import { afterEach, describe, expect, test } from 'vitest';
import {
  type Outcome,
  type Running,
  runCommand,
  startListening,
  wholeProgram,
} from '../../support/command.js';
import { thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';

// loaded before the first test, because it takes a while
await wholeProgram();

const folder = new TestFolder();
const thermostat = thermostatIn(folder);
const CONTRACT = ['--contract', thermostat];

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.interrupt()));
});

async function serve(answers?: object): Promise<(...argv: readonly string[]) => Promise<Outcome>> {
  const file =
    answers === undefined ? [] : ['--answers', folder.file('answers.json', JSON.stringify(answers))];
  const started = await startListening(['serve', '--port', '0', ...CONTRACT, ...file]);
  running.push(started.running);
  return (command = '', ...argv) => runCommand([command, started.address, ...argv]);
}

describe('serve with a contract', () => {
  test('answers from a table', async () => {
    const ask = await serve({
      time: 'noon',
      ledNow: { brightness: 1 },
      reboot: true,
      calibrate: { offset: 9 },
    });
    expect((await ask('read', 'time', ...CONTRACT)).out).toBe('"noon"\n');
    expect((await ask('read', 'ledNow', ...CONTRACT)).out).toBe('{"brightness":1}\n');
    expect((await ask('execute', 'reboot', '{"delay": 1}', ...CONTRACT)).out).toBe('true\n');
    expect((await ask('request', 'calibrate', '{"offset": 1}', ...CONTRACT)).out).toBe('{"offset":9}\n');
  });

  test('answers with the time, with what was written, and with an echo where there is no table', async () => {
    const ask = await serve();
    expect((await ask('read', 'time', ...CONTRACT)).out).toMatch(/^"\w{3} \w{3} .*"\n$/);
    const unknown = await ask('read', 'ledNow', ...CONTRACT);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('service or data unknown')]);
    expect((await ask('write', 'led', '{"brightness": 0.5}', ...CONTRACT)).out).toBe('null\n');
    expect((await ask('read', 'ledNow', ...CONTRACT)).out).toBe('{"brightness":0.5}\n');
    expect((await ask('request', 'calibrate', '{"offset": 1}', ...CONTRACT)).out).toBe('{"offset":1}\n');
  });

  test('answers "callback error" to what does not fit, and stores none of it', async () => {
    const ask = await serve({ ledNow: { brightness: 1 } });
    const { code, err } = await ask('write', '7', '{"brightness": 5}');
    expect([code, err]).toEqual([1, expect.stringContaining('callback error')]);
    expect((await ask('read', '7')).out).toBe('{"brightness":1}\n');
    // its echo is no boolean
    expect((await ask('execute', '1', '{"delay": 1}')).err).toContain('callback error');
  });

  test('knows nothing that is not in it', async () => {
    const ask = await serve();
    for (const argv of [
      ['read', '99'],
      ['write', '99', '1'],
      ['execute', '99'],
    ])
      expect((await ask(...argv)).err).toContain('service or data unknown');
  });

  test.each([
    ['that is not in the contract', { tiem: 1 }, 'The contract has no "tiem"; did you mean time?'],
    ['that does not fit', { time: 12 }, '--answers: Invalid output of time: invalid_type'],
  ])('refuses an answer %s', async (_, answers, sentence) => {
    const file = folder.file('wrong.json', JSON.stringify(answers));
    const { code, out, err } = await runCommand(['serve', '--port', '0', ...CONTRACT, '--answers', file]);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(sentence)]);
  });

  test('refuses answers that are no table, or of no contract', async () => {
    for (const [text, sentence] of [
      ['[1]', 'are no object of names and data'],
      ['{', 'are no JSON'],
    ] as const) {
      const file = folder.file('junk.json', text);
      const { code, err } = await runCommand(['serve', '--port', '0', ...CONTRACT, '--answers', file]);
      expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
    }
    const { code, err } = await runCommand([
      'serve',
      '--port',
      '0',
      '--answers',
      folder.file('ok.json', '{}'),
    ]);
    expect([code, err]).toEqual([2, 'socket-protocol: --answers needs --contract\n']);
  });
});
