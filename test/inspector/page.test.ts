import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, listen } from '../../src/index.js';
import { type Debugger, openInspector } from '../../src/inspector/index.js';
import { watch } from '../support/pair.js';

const SECRET = 'correct horse battery staple';
/** `SCREENSHOTS=1 npx vitest run test/inspector` makes the pictures of docs/debugging.md. */
const MAKES_PICTURES = process.env['SCREENSHOTS'] === '1';
const SIZE = { width: 1_440, height: 900 };

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (CHROMIUM === undefined) console.warn('there is no Chromium: the page of the debugger is not opened');

describe.skipIf(CHROMIUM === undefined)('the page in Chromium', { timeout: 60_000 }, () => {
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
    options: { colorScheme?: 'light' | 'dark'; viewport?: { width: number; height: number } } = {},
  ): Promise<void> {
    const page = await browser.newPage({ viewport: SIZE, ...options });
    // a selector that finds nothing is named in the error, long before the test's own time is over
    page.setDefaultTimeout(30_000);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') problems.push(line.text());
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol !== 'data:' && hostname !== '127.0.0.1') problems.push(`asked ${request.url()}`);
    });
    try {
      await page.goto(inspector.url);
      await run(page);
    } finally {
      await page.close();
    }
    expect(problems).toEqual([]);
  }

  /** The page draws in its next frame: waits until something shows a text. */
  const shows = (page: Page, selector: string, text: string | RegExp): Promise<void> =>
    page.locator(selector).filter({ hasText: text }).first().waitFor();

  /** Waits until the chart marks a transition; a straight arrow has no area and counts as hidden. */
  const taken = (page: Page, key: string): Promise<void> =>
    page.locator(`#chart polyline.taken[data-transition="${key}"]`).waitFor({ state: 'attached' });

  const pictured = async (page: Page, name: string): Promise<void> => {
    if (MAKES_PICTURES) await page.screenshot({ path: `docs/${name}.png` });
  };

  test('lights up "trusted" when a session authenticates, and the transition that led there', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => ({ temperature: 21.5 })),
    );
    await opened(inspector, async (page) => {
      await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
      await session.read(0);
      await page.waitForSelector('#chart [data-state="client.trusted"].active');
      const active = page.locator('#chart [data-state].active');
      const paths = await active.evaluateAll((boxes) => boxes.map((box) => box.getAttribute('data-state')));
      expect(paths).toEqual(['client', 'client.trusted']);
      await taken(page, 'client.proving.keySent peer.trustGranted 0');
      await page.waitForSelector('#actors .state.trusted');
      await shows(page, '#step', /^client\.proving\.keySent — peer\.trustGranted → client\.trusted$/);
      await page.click('#log .message:has-text("read data response")');
      await shows(page, '#detail', '"temperature": 21.5');
      await shows(page, '#checksum', /^✓ CRC-32 (?:[0-9a-f]{2} ){3}[0-9a-f]{2}, right/);
      await shows(page, '.dump', '0000 7b 22');
      await page.waitForSelector('#counters tr:has-text("messages received"):has-text("4")');
      expect(await page.isVisible('#why')).toBe(false);
      await pictured(page, 'debugger-trusted');
    });
  });

  test('explains why an authentication with a wrong secret fails', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, () => {});
    await opened(inspector, async (page) => {
      const refused = connect({
        port: server.port,
        secret: 'quite another secret',
        ...inspector.watch('pump'),
      });
      await expect(refused).rejects.toMatchObject({ reason: 'wrong-secret' });
      await page.waitForSelector('#why:has-text("The two sides do not have the same secret")');
      await shows(page, '#why', 'What to do: Compare the secrets');
      await page.waitForSelector('#actors .badge');
      await page.click('#why button');
      await page.waitForSelector('#log [aria-selected="true"].trouble');
      await taken(page, 'client.proving.keySent peer.trustDenied 0');
      await shows(page, '#step', /^client\.proving\.keySent — peer\.trustDenied → client\.untrusted$/);
      await pictured(page, 'debugger-refused');
      await page.keyboard.press('3');
      await page.waitForSelector('#trouble .explanation:has-text("The server says: the key is wrong")');
      const all = await page.textContent('body');
      expect(all).not.toContain('quite another secret');
      expect(all).not.toMatch(/[0-9a-f]{64}/);
    });
  });

  test('explains that a peer has no secret', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    await opened(inspector, async (page) => {
      const refused = connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
      await expect(refused).rejects.toMatchObject({ reason: 'peer-has-no-secret' });
      await page.waitForSelector('#why:has-text("The server has no secret")');
      await shows(page, '#why', 'What to do: Start the server with the secret');
      await page.click('#why button');
      await taken(page, 'client.proving.seedRequested peer.seedDenied 0');
      await page.click('#log .trouble:has-text("no secret")');
      await shows(page, '#detail', 'peer-has-no-secret');
    });
  });

  test('shows a refused frame with its bytes and both checksums', async () => {
    await using inspector = await openInspector();
    inspector.hub.add({
      kind: 'drop',
      group: 'link',
      from: 'client',
      reason: 'checksum',
      detail: 'expected the CRC-32 0x00000001 for the text, got 0x7d000000',
      readableAs: null,
      codec: 'pure_json',
      hex: '7b 7d 7d 00 00 00',
      hiddenBytes: 0,
      isTrouble: true,
    });
    await opened(inspector, async (page) => {
      await page.click('#log .trouble');
      await shows(
        page,
        '#checksum',
        '✗ CRC-32 7d 00 00 00, wrong: expected the CRC-32 0x00000001 for the text, got 0x7d000000',
      );
      await shows(page, '#detail', 'A wrong checksum');
      await page.waitForSelector('#counters tr:has-text("dropped: checksum"):has-text("1")');
    });
  });

  test('draws the sequence of messages and events, and goes back in time', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => 'now'),
    );
    await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
    await session.read(0);
    await opened(inspector, async (page) => {
      await page.waitForSelector('#actors .state.trusted');
      await page.click('#tab-sequence');
      await page.waitForSelector('#sequence .message:has-text("read data response")');
      const columns = await page.locator('#sequence .column').allTextContents();
      expect(columns.slice(0, 3)).toEqual(['client', 'server', 'session']);
      expect(columns).toContain('authentication');
      await pictured(page, 'debugger-sequence');
      await page.click('#sequence .message:has-text("read data response") .ground');
      await page.waitForSelector('#detail:has-text("read data response")');
      await page.fill('#time', '1');
      await page.waitForSelector('#pause[aria-pressed="true"]');
      await page.locator('#actors .state.trusted').waitFor({ state: 'detached' });
      await page.selectOption('#speed', '20');
      await page.click('#play');
      await page.waitForSelector('#actors .state.trusted');
      await page.click('#pause');
      await page.waitForSelector('#pause[aria-pressed="false"]');
    });
  });

  test('shows requests in flight and how they end', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, (session) => {
      session.onRead(null, () => new Promise(() => {}));
    });
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    await opened(inspector, async (page) => {
      const read = watch(session.read(7));
      const ghost = session.read(8, { timeout: 100 });
      await expect(ghost).rejects.toThrow('No answer');
      await shows(page, '#actors button', /^request 1: read data request, data_id 7 *waiting$/);
      await shows(page, '#actors button', /^request 2: read data request, data_id 8 *ghost$/);
      await shows(page, '#actors button', /^pendingRequests *1 waiting, 1 ghost$/);
      await page.click('#actors button:has-text("request 1")');
      await page.waitForSelector('#chart [data-state="waiting"].active');
      // a straight line has no area, which counts as hidden
      await page.waitForSelector('#chart polyline.taken[data-transition="queued request.written 0"]', {
        state: 'attached',
      });
      if (MAKES_PICTURES) await page.screenshot({ path: '.tmp/debugger-requests.png' });
      await page.click('#actors button:has-text("pendingRequests")');
      await page.waitForSelector('#chart [data-state="waiting"].active');
      await page.click('#tab-sequence');
      await page.waitForSelector('#sequence .column:has-text("request")');
      await session.close();
      await shows(page, '#actors button', /^pendingRequests *2 settled$/);
      expect(read.state).toBe('rejected');
    });
  });

  test('works from the keyboard', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    await expect(session.read(77)).rejects.toThrow();
    await opened(inspector, async (page) => {
      await page.waitForSelector('#log .trouble');
      await page.keyboard.press('ArrowUp');
      await page.waitForSelector('#log [aria-selected="true"]');
      await shows(page, '#actors [aria-current="true"]', 'authentication');
      await page.keyboard.press('[');
      await shows(page, '#actors [aria-current="true"]', 'connection');
      await page.keyboard.press('/');
      await page.keyboard.type('nothing has this in it');
      await page.waitForSelector('#log:not(:has(*))');
      await page.fill('#filter', 'read data');
      await page.keyboard.press('Escape');
      await page.waitForSelector('#log .message');
      await page.keyboard.press('2');
      await page.locator('#sequence').waitFor();
      await page.keyboard.press('p');
      await page.waitForSelector('#pause[aria-pressed="true"]');
      await page.focus('#chart');
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction('document.getElementById("chart").scrollLeft > 0');
      await page.keyboard.press('0');
      await page.waitForSelector('#zoom-fit[aria-pressed="true"]');
    });
  });

  test('follows the theme of the system, and fits on a phone', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    expect(session.isTrusted).toBe(true);
    const back = (page: Page): Promise<string> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor');
    await opened(inspector, async (page) => expect(await back(page)).toBe('rgb(13, 17, 23)'), {
      colorScheme: 'dark',
    });
    await opened(
      inspector,
      async (page) => {
        expect(await back(page)).toBe('rgb(255, 255, 255)');
        await page.waitForSelector('#chart svg');
        for (const key of ['1', '2', '3']) {
          await page.keyboard.press(key);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
        }
        await page.keyboard.press('1');
        if (MAKES_PICTURES) await page.screenshot({ path: '.tmp/debugger-phone.png', fullPage: true });
      },
      { viewport: { width: 390, height: 844 } },
    );
  });
});
