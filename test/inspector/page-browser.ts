/** Opens the page of the debugger in Chromium, for tests. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Debugger } from '../../src/inspector/index.js';

/** With `SCREENSHOTS=1` the tests of the page make the pictures of docs/debugging.md. */
const MAKES_PICTURES = process.env['SCREENSHOTS'] === '1';
const SIZE = { width: 1_440, height: 900 };
/** What judges accessibility. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where it is; tests are skipped where it is not. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
if (CHROMIUM === undefined) console.warn('there is no Chromium: the page of the debugger is not opened');

/** How a page is opened. */
export interface Opening {
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** What stands behind the address. */
  readonly at?: string;
}

export class Chromium {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<Chromium> {
    const { chromium } = await import('playwright-core');
    return new Chromium(await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] }));
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  newContext(): Promise<BrowserContext> {
    return this.#browser.newContext();
  }

  /** Opens the page; any error or warning of it, and any request to another host, fails the test. */
  async opened(
    inspector: Pick<Debugger, 'url'>,
    run: (page: Page) => Promise<void>,
    opening: Opening = {},
  ): Promise<void> {
    const { at = '', ...options } = opening;
    const page = await this.#browser.newPage({ viewport: SIZE, ...options });
    // a selector that finds nothing is named in the error, long before the test's own time is over
    page.setDefaultTimeout(60_000);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') problems.push(line.text());
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:' && hostname !== '127.0.0.1')
        problems.push(`asked ${request.url()}`);
    });
    try {
      await page.goto(inspector.url + at);
      await run(page);
    } finally {
      await page.close();
    }
    expect(problems).toEqual([]);
  }

  /** Makes a picture for the documentation, where pictures are wanted. */
  async picture(page: Page, name: string): Promise<void> {
    if (MAKES_PICTURES) await page.screenshot({ path: `docs/${name}.png` });
  }
}

/** The page draws in its next frame: waits until something shows a text. */
export const shows = (page: Page, selector: string, text: string | RegExp): Promise<void> =>
  page.locator(selector).filter({ hasText: text }).first().waitFor();

/** What axe finds wrong with the page as it is. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`);
}
