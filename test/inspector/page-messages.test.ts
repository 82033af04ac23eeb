import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDebuggerRecording } from '../../src/cli/recording/debugger.js';
import { connect, listen } from '../../src/index.js';
import { type Debugger, type NumberedEntry, openInspector } from '../../src/inspector/index.js';
import { answer, drop, message, note, trouble } from './messages/made.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DISSECTOR = fileURLToPath(new URL('../../tools/wireshark/socket-protocol.lua', import.meta.url));
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (CHROMIUM === undefined) console.warn('there is no Chromium: the table of messages is not opened');
const hasTshark = spawnSync('tshark', ['-v']).status === 0;

/** Three exchanges, a time-out and noise, in two sessions. */
const STORY: readonly NumberedEntry[] = [
  message({ number: 1, ms: 0, exchange: 1 }),
  answer({ number: 2, ms: 4, exchange: 1, data: { temperature: 21.5 } }),
  message({ number: 3, ms: 10, exchange: 2, serviceId: 20, dataId: 7, data: { text: "it's" } }),
  answer({ number: 4, ms: 130, exchange: 2, serviceId: 21, dataId: 7, status: 6 }),
  message({ number: 5, ms: 200, exchange: 1, group: 'valve' }),
  trouble({ number: 6, ms: 5_200, exchange: 1, group: 'valve', about: { waitedMs: 5_000 } }),
  drop({ number: 7, ms: 5_300, group: 'valve', detail: '7 bytes outside of frames: "boot v1"' }),
];

/** So many rows, one each millisecond: requests that take as many milliseconds as their number modulo 997, and lone messages. */
function* many(count: number, from = 0): Generator<NumberedEntry> {
  for (let index = from; index < from + count; index++) {
    const number = 2 * index + 1;
    if (index % 4 === 0) {
      yield message({ number, ms: index, exchange: index + 1 });
      yield answer({ number: number + 1, ms: index + (index % 997), exchange: index + 1 });
    } else yield message({ number, ms: index, role: 'message', serviceId: 40 });
  }
}

describe.skipIf(CHROMIUM === undefined)('the table of messages in Chromium', { timeout: 180_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  /** Opens the page; any error or warning of it fails the test. */
  async function opened(
    inspector: Debugger,
    run: (page: Page) => Promise<void>,
    options: { colorScheme?: 'light' | 'dark'; width?: number; at?: string } = {},
  ): Promise<void> {
    const { width = 1_440, at = '', ...more } = options;
    const viewport = { width, height: 900 };
    const context = await browser.newContext({
      viewport,
      permissions: ['clipboard-read', 'clipboard-write'],
      ...more,
    });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (line) => {
      // the browser itself tells of the server that does not read recordings of proxies
      if ((line.type() === 'error' || line.type() === 'warning') && !/status of 501/.test(line.text()))
        problems.push(line.text());
    });
    try {
      await page.goto(inspector.url + at);
      await run(page);
    } finally {
      await context.close();
    }
    expect(problems).toEqual([]);
  }

  const addAll = (inspector: Debugger, entries: Iterable<NumberedEntry>): void => {
    for (const entry of entries) inspector.hub.add(entry);
  };
  const shows = (page: Page, selector: string, text: string | RegExp): Promise<void> =>
    page.locator(selector).filter({ hasText: text }).first().waitFor();
  const lines = (page: Page) => page.locator('#messages [role=row][aria-selected]');
  /** Clicks a cell of a row that shows a text. */
  const choose = (page: Page, text: string): Promise<void> =>
    lines(page).filter({ hasText: text }).first().locator('.cell-service').click();
  const typed = async (page: Page, text: string): Promise<void> => {
    await page.fill('#filter', text);
    await page.keyboard.press('Enter');
  };
  const clipboard = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()');
  const saved = async (
    page: Page,
    form: 'recording' | 'pcapng',
    what: 'shown' | 'all',
  ): Promise<Download> => {
    await page.click('#export');
    await page.check(`.export input[value=${what}]`);
    await page.check(`.export input[value=${form}]`);
    const download = page.waitForEvent('download');
    await page.click('#export-save');
    return download;
  };

  test('has one row for a request and its answer of a session, and its detail when it is chosen', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, (session) =>
      session.onRead(0, () => ({ temperature: 21.5 })),
    );
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    await session.read(0);
    await opened(inspector, async (page) => {
      await lines(page)
        .filter({ hasText: 'read data' })
        .locator('.cell-status', { hasText: 'okay' })
        .waitFor();
      expect(await lines(page).filter({ hasText: 'read data' }).count()).toBe(1);
      await choose(page, 'read data');
      await shows(page, '#side-detail', 'temperature');
      // the address is that of the session
      const isSeen = shows(page, '.messages > .said', 'Copied');
      await page.click('#copy');
      await page.click('[role=menuitem]:has-text("command")');
      await shows(page, '#messages-said', 'Copied');
      // before it goes again
      await isSeen;
      expect(await clipboard(page)).toBe(`socket-protocol read 127.0.0.1:${server.port} 0`);
    });
  });

  test('shows trouble in words: a time-out, a status, noise', async () => {
    await using inspector = await openInspector();
    addAll(inspector, STORY);
    await opened(inspector, async (page) => {
      await shows(page, '#row-count', '4 rows');
      const bad = page.locator('#messages .is-trouble');
      expect(await bad.locator('.word').allTextContents()).toEqual(
        expect.arrayContaining(['timed out', 'operation not permitted', 'noise']),
      );
      await shows(page, '#messages .is-trouble', 'boot v1');
      await page.click('#only-trouble');
      await shows(page, '#row-count', '3 of 4 rows');
    });
  });

  test('filters by what is typed, offers what can be typed, says what is wrong, and keeps it in the address', async () => {
    await using inspector = await openInspector();
    addAll(inspector, STORY);
    await opened(
      inspector,
      async (page) => {
        await shows(page, '#row-count', '1 of 4 rows');
        expect(await page.inputValue('#filter')).toBe('hex:626f6f74');
        await typed(page, 'latency:>100ms');
        await shows(page, '#row-count', '2 of 4 rows');
        await page.waitForURL(/filter=latency%3A%3E100ms/);
        await typed(page, 'latency:fast');
        await shows(page, '#filter-fault', 'expected a comparison such as latency:>100ms');
        // the one before it holds
        await shows(page, '#row-count', '2 of 4 rows');
        await page.fill('#filter', '');
        await page.keyboard.type('st');
        await shows(page, '#filter-suggestions [role=option]', 'status:');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        await page.keyboard.type('!ok');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        await shows(page, '#row-count', '3 of 4 rows');
        expect(await page.inputValue('#filter')).toBe('status:!okay ');
        await typed(page, 'nothing like it');
        await shows(page, '.empty', 'None of the 4 rows fits the filter');
        await page.click('.empty button');
        await shows(page, '#row-count', /^4 rows/);
      },
      { at: '#filter=hex%3A626f6f74' },
    );
  });

  test('filters by a cell with keys, and by a figure with a click', async () => {
    await using inspector = await openInspector();
    addAll(inspector, STORY);
    await opened(inspector, async (page) => {
      await choose(page, 'write data');
      await page.focus('#messages');
      await page.keyboard.press('f');
      await shows(page, '#row-count', '1 of 4 rows');
      expect(await page.inputValue('#filter')).toBe('service:20');
      // one column on
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Shift+F');
      await shows(page, '#row-count', '0 of 4 rows');
      expect(await page.inputValue('#filter')).toBe('service:20 data:!7');
      await page.click('.filter button');
      await page.click('#show-statistics');
      await page.click('#statistics button:has-text("timed out")');
      await shows(page, '#row-count', '1 of 4 rows');
      expect(await page.inputValue('#filter')).toBe('trouble:="timed out" service:10');
      await page.click('.filter button');
      await page.click('#statistics tr:has-text("write data") .figure[title^="Show latency"]');
      await shows(page, '#row-count', '1 of 4 rows');
      expect(await page.inputValue('#filter')).toBe('service:20 data:7 latency:>=120ms');
    });
  });

  test('copies a row as a command, as TypeScript and as JSON, and says why not', async () => {
    await using inspector = await openInspector();
    addAll(inspector, STORY);
    await opened(inspector, async (page) => {
      await choose(page, 'write data');
      const copied = async (item: string): Promise<string> => {
        await page.click('#copy');
        await page.click(`[role=menuitem]:has-text("${item}")`);
        return clipboard(page);
      };
      expect(await copied('command')).toBe(`socket-protocol write HOST:PORT 7 '{"text":"it'\\''s"}'`);
      expect(await copied('TypeScript')).toBe(`await session.write(7, { text: 'it\\'s' });`);
      expect(JSON.parse(await copied('JSON'))).toMatchObject({ service_id: 20, answer: { status: 6 } });
      await choose(page, 'noise');
      await page.focus('#messages');
      await page.keyboard.press('y');
      await shows(page, '#messages-said', 'Not copied: this is not a request');
    });
  });

  test('exports what is shown or everything, and opens it again', async () => {
    await using inspector = await openInspector();
    inspector.hub.add({ kind: 'actor', group: 'pump', actor: 'session', parent: null, chart: 'session' });
    addAll(inspector, STORY);
    await opened(inspector, async (page) => {
      await shows(page, '#row-count', '4 rows');
      const all = readFileSync(await (await saved(page, 'recording', 'all')).path(), 'utf8');
      expect(readDebuggerRecording(all)?.map(({ kind }) => kind)).toContain('actor');
      await typed(page, 'session:valve');
      await shows(page, '#row-count', '2 of 4 rows');
      const shown = await saved(page, 'recording', 'shown');
      expect(shown.suggestedFilename()).toMatch(/^socket-protocol-.*\.jsonl$/);
      const some = readFileSync(await shown.path(), 'utf8');
      expect(readDebuggerRecording(some)?.map(({ kind }) => kind)).toEqual([
        'message',
        'trouble',
        'drop',
        'trouble',
      ]);
      const file = { name: 'valve.jsonl', mimeType: 'text/plain', buffer: Buffer.from(some) };
      await page.setInputFiles('#open-recording', file);
      await shows(page, '#opened', 'valve.jsonl: 4 entries. Reload the page to follow the program again.');
      await shows(page, '#row-count', /^2 rows/);
      await shows(page, '#connection', 'recording');
      await page.setInputFiles('#open-recording', {
        ...file,
        buffer: Buffer.from(`\ufeff${all.replaceAll('\n', '\r\n')}`, 'utf16le'),
      });
      await shows(page, '#row-count', /^4 rows/);
    });
  });

  test.skipIf(!hasTshark)('exports a capture that tshark reads, and says what is not in it', async () => {
    await using inspector = await openInspector();
    addAll(inspector, [...STORY, message({ number: 8, ms: 6_000, serviceId: 0, data: '***', hex: null })]);
    await opened(inspector, async (page) => {
      await shows(page, '#row-count', '5 rows');
      await page.click('#export');
      await page.check('.export input[value=pcapng]');
      await shows(page, '#export-said', '1 message of authentications carry *** in place of seeds and keys.');
      await page.click('.export button:has-text("Cancel")');
      const path = await (await saved(page, 'pcapng', 'shown')).path();
      const fields = ['-T', 'fields', '-e', 'socket_protocol.service', '-e', 'socket_protocol.noise'];
      const text = execFileSync('tshark', ['-X', `lua_script:${DISSECTOR}`, '-r', path, ...fields], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(text.split('\n').filter((line) => line.trim() !== '')).toEqual([
        'read data request\t',
        'read data response\t',
        'write data request\t',
        'write data response\t',
        'read data request\t',
        '\t7',
        'authentification request\t',
      ]);
    });
  });

  test('says of any other file what it is, and which command opens it', async () => {
    await using inspector = await openInspector();
    addAll(inspector, STORY);
    await opened(inspector, async (page) => {
      await shows(page, '#row-count', '4 rows');
      /** Drops a file on the page. */
      const dropped = (name: string, content: string): Promise<unknown> =>
        page.evaluate(`(() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([${JSON.stringify(content)}], ${JSON.stringify(name)}));
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        })()`);
      await dropped('notes.txt', 'hello');
      await shows(page, '#opened', 'notes.txt is not a recording of socket-protocol');
      await dropped("my line's.jsonl", '{"recording":"socket-protocol","version":1,"codec":"pure_json"}\n');
      await shows(page, '#opened', "my line's.jsonl is a recording of a proxy");
      // what was shown is still shown
      await shows(page, '#row-count', '4 rows');
    });
  });

  test('has a hundred thousand rows, of which the document has those in sight', async () => {
    await using inspector = await openInspector({ maxHistory: 250_000 });
    addAll(inspector, many(100_000));
    await opened(inspector, async (page) => {
      // as long as it takes to send them
      await page.locator('#row-count', { hasText: /^100,000 rows/ }).waitFor({ timeout: 0 });
      await page.waitForSelector('#messages[aria-rowcount="100001"]');
      const last = '#messages [role=row][aria-rowindex="100001"]';
      const first = '#messages [role=row][aria-rowindex="2"]';
      // it follows what comes
      await page.waitForSelector(last);
      expect(await lines(page).count()).toBeLessThan(100);
      await page.focus('#messages');
      await page.keyboard.press('Home');
      await page.waitForSelector(`${first}[aria-selected=true]`);
      await page.keyboard.press('PageDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('End');
      await page.waitForSelector(`${last}[aria-selected=true]`);
      await page.keyboard.press('ArrowUp');
      await page.waitForSelector('#messages [role=row][aria-rowindex="100000"][aria-selected=true]');
      // sorted by a figure: the longest first
      await page.click('#messages [role=columnheader]:has-text("Latency") button');
      await page.waitForSelector('#messages [role=columnheader][aria-sort=descending]:has-text("Latency")');
      await page.keyboard.press('Escape');
      await page.focus('#messages');
      await page.keyboard.press('Home');
      await shows(page, `${first}[aria-selected=true] .cell-latency`, '996 ms');
      await typed(page, 'latency:>=996ms');
      await shows(page, '#row-count', '25 of 100,000 rows');
    });
  });

  test('stays where it is scrolled to while rows come, and follows them again when told to', async () => {
    await using inspector = await openInspector();
    addAll(inspector, many(500));
    await opened(inspector, async (page) => {
      await shows(page, '#row-count', /^500 rows/);
      await page.evaluate(`document.getElementById('messages').scrollTop = 2600`);
      const top = '#messages [role=row][aria-rowindex="102"]';
      await page.waitForSelector(top);
      await shows(page, '.follow', /Follow: 3\d\d newer/);
      addAll(inspector, many(500, 500));
      await shows(page, '#row-count', /^1,000 rows/);
      await shows(page, '.follow', /Follow: 8\d\d newer/);
      expect(await page.evaluate(`document.getElementById('messages').scrollTop`)).toBe(2_600);
      await page.click('.follow');
      await page.waitForSelector('#messages [role=row][aria-rowindex="1001"]');
      // the newest first: rows come above, and what is in sight stays there
      await page.click('#messages [role=columnheader]:has-text("Time") button');
      await page.waitForSelector('#messages [role=row][aria-rowindex="2"] >> text=:');
      await page.evaluate(`document.getElementById('messages').scrollTop = 2600`);
      await shows(page, '.follow', /Follow: 100 newer/);
      addAll(inspector, many(200, 1_000));
      await shows(page, '.follow', /Follow: 300 newer/);
      expect(await page.evaluate(`document.getElementById('messages').scrollTop`)).toBe(7_800);
    });
  });

  test('follows the rows that come, also where what is told above it takes some of its room', async () => {
    await using inspector = await openInspector();
    addAll(inspector, many(500));
    inspector.hub.add(trouble({ number: 1, code: 'half-open' }));
    await opened(
      inspector,
      async (page) => {
        await page.waitForSelector('.summary');
        await page.waitForSelector('#messages [role=row][aria-rowindex="502"]');
        addAll(inspector, many(50, 500));
        await page.waitForSelector('#messages [role=row][aria-rowindex="552"]');
      },
      { width: 390 },
    );
  });

  test('shows the moment that a link leads to, with what came later in the background', async () => {
    await using inspector = await openInspector();
    addAll(inspector, many(500));
    await opened(
      inspector,
      async (page) => {
        await page.waitForSelector('#messages [role=row][aria-rowindex="102"]:not(.is-later)');
        await page.waitForSelector('#messages [role=row][aria-rowindex="103"].is-later');
        expect(await page.isVisible('#messages [role=row][aria-rowindex="102"]')).toBe(true);
      },
      { at: '#t=100' },
    );
  });

  test.each([
    ['light', 1_440],
    ['dark', 1_024],
    ['light', 390],
  ] as const)('is clean for axe in %s colours at %d px', async (colorScheme, width) => {
    await using inspector = await openInspector();
    addAll(inspector, STORY);
    inspector.hub.add(note({ number: 8, code: 'disconnected', reason: 'connection-reset', isTrouble: true }));
    await opened(
      inspector,
      async (page) => {
        await shows(page, '#row-count', '5 rows');
        await page.click('#show-statistics');
        await page.fill('#filter', 'latency:x');
        await shows(page, '#filter-fault', 'expected');
        await page.click('#columns');
        await page.evaluate(AXE);
        const faults = await page.evaluate(`axe.run('.messages').then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`);
        expect(faults).toEqual([]);
        await page.keyboard.press('Escape');
        await page.click('#export');
        await page.waitForSelector('.export');
        const inDialog = await page.evaluate(`axe.run('.export').then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`);
        expect(inDialog).toEqual([]);
      },
      { colorScheme, width },
    );
  });
});
