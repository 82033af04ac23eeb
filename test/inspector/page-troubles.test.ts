/** What a person sees of trouble: the line on top, the list, the story. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openInspector } from '../../src/inspector/index.js';
import { rowsOf } from '../../visualizations/debugger/troubles/rows.js';
import { drop, message, note, numbered, trouble } from './page-support.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

const TIMED_OUT = {
  about: {
    service: 'read data request',
    data: 'pressure',
    serviceId: 10,
    dataId: 7,
    requestNumber: 1,
    waitedMs: 2_000,
    timeoutMs: 2_000,
    isWritten: true,
    reason: 'no-answer',
    silentMs: null,
    lateByMs: null,
  },
} as const;
const NOISE = {
  code: 'noise',
  exchange: null,
  incident: 2,
  count: 141,
  text: 'the server sends bytes that are no frame: "boot v1.2 ok\\n"',
  about: {
    from: 'server',
    text: 'boot v1.2 ok\\n',
    hex: '62 6f',
    bytes: 13,
    totalBytes: 1_833,
    isText: true,
  },
} as const;

describe('the rows of the list', () => {
  const incidents = numbered([
    trouble({ count: 3, firstMs: 0 }),
    trouble({ incident: 2, count: 2, firstMs: 1 }),
    trouble({ code: 'wrong-secret', incident: 3, group: 'valve' }),
    trouble({ code: 'wrong-secret', incident: 1, group: 'door' }),
  ]).flatMap((entry) => (entry.kind === 'trouble' ? [entry] : []));

  test('are one for each kind, newest first, with how often, when and in how many sessions', () => {
    const rows = rowsOf(incidents, new Set());
    expect(rows.map(({ key, count, groups, latest }) => [key, count, groups, latest.number])).toEqual([
      ['wrong-secret', 2, 2, 4],
      ['request-timed-out', 5, 1, 2],
    ]);
    expect(rows[1]).toMatchObject({ firstMs: 0, lastMs: 1 });
  });

  test('open to one for each trouble of the kind', () => {
    const rows = rowsOf(incidents, new Set(['wrong-secret']));
    expect(rows.map(({ isPart, latest }) => [isPart, latest.group])).toEqual([
      [false, 'door'],
      [true, 'door'],
      [true, 'valve'],
      [false, 'pump'],
    ]);
  });
});

describe.skipIf(CHROMIUM === undefined)('trouble on the page', { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  /** Opens a page on a pump that prints to the line and has a request that timed out. */
  async function opened(run: (page: Page) => Promise<void>, width = 1_440): Promise<void> {
    await using inspector = await openInspector({ title: 'controller' });
    const { hub } = inspector;
    for (const entry of [message({ exchange: 1 }), trouble(TIMED_OUT), drop(), trouble(NOISE), note('a')])
      hub.relay(entry, hub.nowMs, null);
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(inspector.url);
    await run(page);
    await page.close();
    expect(problems).toEqual([]);
  }

  const shows = (page: Page, selector: string, text: string | RegExp): Promise<void> =>
    page.locator(selector).filter({ hasText: text }).first().waitFor();

  async function faultsOf(page: Page): Promise<string[]> {
    await page.evaluate(AXE);
    return page.evaluate(`axe.run().then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`);
  }

  test('is told in a line on top, once: who has read its story is told the next', () =>
    opened(async (page) => {
      await shows(page, '.summary', 'The server prints text to the line: "boot v1.2 ok\\n"');
      await shows(page, '.summary-more', 'and 1 more');
      await page.click('.summary-line');
      await shows(page, '.story h3', 'The server prints text to the line');
      await shows(page, '.story-facts', /Bytes in all *1833/);
      await shows(page, '.steps', 'logging.basicConfig');
      await shows(page, '.summary', 'A request timed out');
      await page.click('.summary-line');
      await page.waitForSelector('.summary', { state: 'detached' });
      await shows(page, '.story-facts', /Request *read data request, data id pressure/);
      await shows(page, '.story-facts', /Written *yes/);
    }));

  test('is listed with how often and when, also where the messages are filtered, and read with the keys', () =>
    opened(async (page) => {
      await page.fill('#filter', 'is:trouble service:read');
      await page.click('#tab-troubles');
      await shows(page, '.trouble-row', /prints text.*141 times/s);
      await page.focus('#troubles');
      await page.keyboard.press('ArrowDown');
      await page.waitForSelector('.trouble-row[aria-selected="true"]:has-text("prints text")');
      await shows(page, '.story h3', 'prints text');
      await page.keyboard.press('ArrowDown');
      await shows(page, '.story h3', 'A request timed out');
      await page.waitForSelector('.trouble-row[aria-selected="true"]:has-text("timed out")');
      expect(await faultsOf(page)).toEqual([]);
    }));

  test('comes first on a narrow page, and passes the judge of accessibility there', () =>
    opened(async (page) => {
      await shows(page, '.summary', 'prints text');
      const { y = 900 } = (await page.locator('.summary').boundingBox()) ?? {};
      expect(y).toBeLessThan(160);
      expect(await faultsOf(page)).toEqual([]);
      await page.click('.summary-line');
      await page.locator('.story').waitFor();
      expect(await faultsOf(page)).toEqual([]);
    }, 390));
});
