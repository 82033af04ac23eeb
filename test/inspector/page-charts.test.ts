/** The charts of the page in Chromium. */

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, listen } from '../../src/index.js';
import { type Debugger, openInspector } from '../../src/inspector/index.js';
import { watch } from '../support/pair.js';
import { CHROMIUM, Chromium, faultsOf, shows } from './page-browser.js';

const SECRET = 'correct horse battery staple';

/** A session whose key is refused. */
async function refused(inspector: Debugger): Promise<void> {
  await using server = await listen({ port: 0, secret: SECRET }, () => {});
  const refusal = connect({ port: server.port, secret: 'another', ...inspector.watch('pump') });
  await expect(refusal).rejects.toMatchObject({ reason: 'wrong-secret' });
}

/** A part of the picture: how far its middle is from the middle of what is seen, and its colour. */
const placeOf = (
  page: Page,
  selector: string,
): Promise<{ x: number; y: number; inside: boolean; fill: string }> =>
  page.evaluate(`(() => {
    const outer = document.getElementById('chart-picture');
    const part = outer.firstElementChild.shadowRoot.querySelector(${JSON.stringify(selector)});
    const [a, b] = [part.getBoundingClientRect(), outer.getBoundingClientRect()];
    return {
      x: Math.abs(a.x + a.width / 2 - b.x - outer.clientWidth / 2),
      y: Math.abs(a.y + a.height / 2 - b.y - outer.clientHeight / 2),
      inside: a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom,
      fill: getComputedStyle(part).fill,
    };
  })()`);

/** How large the picture is beside its room. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const outer = document.getElementById('chart-picture');
    return Math.max(outer.scrollWidth - outer.clientWidth, outer.scrollHeight - outer.clientHeight);
  })()`);

describe.skipIf(CHROMIUM === undefined)('the charts', { timeout: 120_000 }, () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.launch();
  });
  afterAll(() => chromium.close());

  test.each([
    { kind: 'simple', width: 1_440, height: 900 },
    { kind: 'full', width: 1_440, height: 900 },
    { kind: 'simple', width: 390, height: 844 },
  ])('show a refused key as a red step in the middle: $kind, $width px', async ({ kind, width, height }) => {
    await using inspector = await openInspector();
    await refused(inspector);
    await chromium.opened(
      inspector,
      async (page) => {
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await page.click(`.chart-${kind}`);
        await shows(page, '.chart-step.trouble', /failed.*keySent.*peer\.trustDenied.*untrusted/s);
        const label = 'text.event.taken[data-transition~="peer.trustDenied"]';
        const shown = kind === 'simple' ? 'charts/simple/authentication.svg' : 'charts/authentication.svg';
        await page.locator(`.chart-drawing[data-shown="${shown}"]`).waitFor();
        await page.locator(label).waitFor();
        expect(await page.locator('.word').textContent()).toBe('failed');
        const { x, y, inside, fill } = await placeOf(page, label);
        // a picture that ends there cannot be moved further
        expect([inside, x < width / 3, y < 120]).toEqual([true, true, true]);
        expect(fill).toBe('rgb(179, 38, 30)');
        expect(await faultsOf(page)).toEqual([]);
        if (process.env['LOOK'] !== undefined)
          await page.screenshot({ path: `${process.env['LOOK']}/charts-${kind}-${width}.png` });
      },
      { at: `#view=charts&actor=authentication&session=pump`, viewport: { width, height } },
    );
  });

  test('go back to any step, say what it changed, and are the same behind a link', async () => {
    await using inspector = await openInspector();
    await refused(inspector);
    await chromium.opened(
      inspector,
      async (page) => {
        await shows(page, '.chart-history .trouble', 'peer.trustDenied');
        await shows(page, '.chart-context .changed', /wrongKeys.*0.*1/s);
        await page.click('.chart-history button:has-text("peer.seedReceived")');
        await shows(page, '.chart-step', /seedRequested.*peer\.seedReceived.*keySent/s);
        await page.locator('text.event.taken[data-transition~="peer.seedReceived"]').waitFor();
        await page.locator('[data-state="client.proving.keySent"].active').waitFor();
        await page.keyboard.press('m');
        await page.waitForURL(/#t=[^&]+.*view=charts.*chart=full/);
        const hash = (await page.evaluate('location.hash')) as string;
        await page.goto('about:blank');
        await page.goto(inspector.url + hash);
        await shows(page, '.chart-step', /seedRequested.*peer\.seedReceived.*keySent/s);
        await page.waitForSelector('.chart-full[aria-pressed="true"]');
        await page.waitForSelector('.chart-drawing[data-shown="charts/authentication.svg"]');
        const picture = page.locator('.chart-drawing svg');
        const drawn = Number(await picture.getAttribute('width'));
        await page.keyboard.press('+');
        await page.locator(`.chart-drawing svg[width="${drawn * 1.2}"]`).waitFor();
        expect(await overflow(page)).toBeGreaterThan(0);
        await page.keyboard.press('f');
        await page.locator(`.chart-drawing svg:not([width="${drawn * 1.2}"])`).waitFor();
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      },
      { at: '#view=charts&actor=authentication' },
    );
  });

  test('light up the requests in flight in their states', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, (session) =>
      session.onRead(7, () => new Promise(() => {})),
    );
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    const open = [1, 2, 3].map(() => watch(session.read(7, { timeout: 60_000 })));
    await chromium.opened(
      inspector,
      async (page) => {
        await shows(page, '.count', '3');
        await page.locator('[data-state="waiting"].active').waitFor();
        expect(await page.locator('.chart-requests button').count()).toBe(3);
        const steps = await page.locator('.chart-history li').allTextContents();
        expect(steps.filter((step) => !/→ [a-z]+$/i.test(step))).toEqual([]);
        await page.click('.chart-requests button >> nth=0');
        await shows(page, '.chart-step', /request\.written.*waiting/s);
        await page.locator('.count').first().waitFor({ state: 'detached' });
        await page.keyboard.press('f');
        expect(await faultsOf(page)).toEqual([]);
        if (process.env['LOOK'] !== undefined)
          await page.screenshot({ path: `${process.env['LOOK']}/charts-requests.png` });
      },
      { at: '#view=charts&actor=pendingRequests' },
    );
    expect(open.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
  });
});
