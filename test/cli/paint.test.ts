import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { paint, showsColours } from '../../src/cli/paint.js';
import { listen, Message } from '../../src/index.js';
import { hexDump } from '../../src/session/journal/logging.js';
import { pureJson } from '../../src/wire/index.js';
import { Running, runCommand } from '../support/command.js';
import { TestFolder } from '../support/folder.js';
import { RECORDING_HEADER, recordedRead } from '../support/recording.js';

const CYAN = '\u001b[36m';
const MAGENTA = '\u001b[35m';
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const DIM = '\u001b[2m';

const folder = new TestFolder();

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ TERM: 'xterm' }, true, true],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '', NO_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: 'false' }, true, false],
])('with %j, on a terminal: %s, an output shows colours: %s', (env, isTerminal, shows) => {
  expect(showsColours(env, isTerminal)).toBe(shows);
});

test('a text is coloured only if colours are shown', () => {
  expect([paint({}, 'trouble', 'x'), paint({ colours: true }, 'trouble', 'x')]).toEqual([
    'x',
    `${RED}x\u001b[39m`,
  ]);
});

/** What a command prints without colours, with colours, and as JSON with colours on. */
async function printed(argv: readonly string[]): Promise<[plain: string, coloured: string, json: string]> {
  const outcomes = [
    await runCommand(argv),
    await runCommand(argv, { colours: true }),
    await runCommand([...argv, '--json'], { colours: true }),
  ];
  return outcomes.map(({ out }) => out) as [string, string, string];
}

describe('decode', () => {
  const okay = pureJson.encode(new Message({ serviceId: 10, dataId: 7, data: 'hello' }));
  const failed = pureJson.encode(new Message({ serviceId: 11, dataId: 7, status: 4, data: null }));

  test('colours directions and trouble', async () => {
    const file = folder.file('log', `TX -> ${hexDump(okay)}\nRX <- ${hexDump(failed)}\n`);
    const [plain, coloured, json] = await printed(['decode', file]);
    const [sent, received] = coloured.split('\n');
    expect(sent).toMatch(`${CYAN}TX ->\u001b[39m ${DIM}[checksum ok]\u001b[22m service: read data request`);
    expect(received?.startsWith(`${MAGENTA}RX <-`)).toBe(true);
    expect(received).toContain(`${RED}service: read data response`);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(plain + json).not.toContain('\u001b');
  });
});

describe('replay', () => {
  test('colours both directions, and an answer that differs', async () => {
    const reads = recordedRead(1, null) + recordedRead(2, null);
    const file = folder.file('recording', RECORDING_HEADER + reads);
    await using server = await listen({ port: 0 }, (session) =>
      session.onRead(null, (_, { dataId }) => (dataId === 1 ? null : 'another')),
    );
    const argv = ['replay', file, '--as', 'client', '--to', `127.0.0.1:${server.port}`, '--speed', '0'];
    const [plain, coloured, json] = await printed(argv);
    const [same, differs] = coloured.split('\n');
    expect([same?.startsWith(`${GREEN}same`), differs?.startsWith(`${RED}differs`)]).toEqual([true, true]);
    expect(differs).toContain(`${CYAN}{"service_id":10`);
    expect(differs).toContain(`${MAGENTA}{"service_id":11`);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(plain + json).not.toContain('\u001b');
  });
});

describe('monitor', () => {
  /** What it has printed when a message with another status has come. */
  async function monitored(argv: readonly string[], colours: boolean): Promise<string> {
    await using server = await listen({ port: 0 }, async (session) => {
      await session.send(10, 5, 'ping');
      await session.send(11, 5, 'pong', 4);
    });
    const command = new Running(['monitor', `127.0.0.1:${server.port}`, ...argv], { colours });
    await command.printed(/pong/);
    expect(await command.interrupt()).toBe(0);
    return command.out;
  }

  test('colours times, messages, trouble and events', async () => {
    const coloured = await monitored([], true);
    expect(coloured).toMatch(`${DIM}`);
    expect(coloured).toContain(`${GREEN}connected: `);
    expect(coloured).toContain(`${MAGENTA}service: read data request`);
    expect(coloured).toContain(`${RED}service: read data response`);
    const plain = await monitored([], false);
    expect(plain).not.toContain('\u001b');
    const withoutPlaces = (text: string): string => text.replace(/^\S+|127\.0\.0\.1:\d+/gm, '');
    expect(withoutPlaces(stripVTControlCharacters(coloured))).toBe(withoutPlaces(plain));
  });

  test('does not colour JSON', async () => {
    expect(await monitored(['--json'], true)).not.toContain('\u001b');
  });
});
