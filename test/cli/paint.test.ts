import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { paint, showsColours } from '../../src/cli/paint.js';
import { listen } from '../../src/index.js';
import { hexDump } from '../../src/session/journal/logging.js';
import { payloadOf } from '../support/bytes.js';
import { Running } from '../support/command.js';

const CYAN = '\u001b[36m';
const MAGENTA = '\u001b[35m';
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const DIM = '\u001b[2m';

const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-paint-'));
afterAll(() => rmSync(folder, { recursive: true }));

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
])('with %j, whether it is a terminal: %s, an output shows colours: %s', (env, isTerminal, shows) => {
  expect(showsColours(env, isTerminal)).toBe(shows);
});

test('paint leaves a text as it is where no colours are shown', () => {
  expect([paint({}, 'trouble', 'x'), paint({ colours: true }, 'trouble', 'x')]).toEqual([
    'x',
    `${RED}x\u001b[39m`,
  ]);
});

/** What a command prints without colours, with them, and as JSON where colours are shown. */
async function printed(argv: readonly string[]): Promise<[plain: string, coloured: string, json: string]> {
  const outcomes = [
    await new Running(argv).outcome(),
    await new Running(argv, { colours: true }).outcome(),
    await new Running([...argv, '--json'], { colours: true }).outcome(),
  ];
  return outcomes.map(({ out }) => out) as [string, string, string];
}

describe('decode', () => {
  const okay = payloadOf(10, 7, 'hello');
  const failed = payloadOf(11, 7, null, 4);

  test('paints the direction, and trouble, in what a log holds', async () => {
    const file = join(folder, 'log');
    writeFileSync(file, `TX -> ${hexDump(okay)}\nRX <- ${hexDump(failed)}\n`);
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
  test('paints both directions, and an answer that differs', async () => {
    const file = join(folder, 'recording');
    const lines = [
      { recording: 'socket-protocol', version: 1, codec: 'pure_json', started: '2026-01-01T00:00:00Z' },
      ...[1, 2].flatMap((dataId) =>
        [10, 11].map((serviceId) => ({
          ms: dataId,
          from: serviceId === 10 ? 'client' : 'server',
          payload: payloadOf(serviceId, dataId).toString('hex'),
        })),
      ),
    ];
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
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
  /** What it has printed when a message with trouble has come. */
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

  test('paints the time, what has come, trouble and events', async () => {
    const coloured = await monitored([], true);
    expect(coloured).toMatch(`${DIM}`);
    expect(coloured).toContain(`${GREEN}connected: `);
    expect(coloured).toContain(`${MAGENTA}service: read data request`);
    expect(coloured).toContain(`${RED}service: read data response`);
    const plain = await monitored([], false);
    expect(plain).not.toContain('\u001b');
    const withoutPlaces = (text: string): string => text.replace(/^\S+|:\d+$/gm, '');
    expect(withoutPlaces(stripVTControlCharacters(coloured))).toBe(withoutPlaces(plain));
  });

  test('paints no JSON', async () => {
    expect(await monitored(['--json'], true)).not.toContain('\u001b');
  });
});
