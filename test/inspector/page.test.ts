import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, listen } from '../../src/index.js';
import { openInspector } from '../../src/inspector/index.js';
import { watch } from '../support/pair.js';
import { CHROMIUM, Chromium, faultsOf, shows } from './page-browser.js';
import { drop, message, note, trouble } from './page-support.js';

const SECRET = 'correct horse battery staple';

describe.skipIf(CHROMIUM === undefined)('the page in Chromium', { timeout: 120_000 }, () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.launch();
  });
  afterAll(() => chromium.close());
  const opened: Chromium['opened'] = (...given) => chromium.opened(...given);

  test('lists a session that authenticates, and shows a request with its answer', async () => {
    await using inspector = await openInspector({ title: 'controller' });
    await using server = await listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => ({ temperature: 21.5, places: [1, 2] })),
    );
    await opened(inspector, async (page) => {
      await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
      await session.read(0);
      await shows(page, 'h1', 'controller');
      await shows(page, '#pause', 'live');
      await shows(page, '.session', /pump.*trusted.*127\.0\.0\.1:\d+ · client/s);
      await page.click('#tab-events');
      await page.click('.event-line.of-message:has-text("read data response")');
      await shows(page, '.detail h2', 'read data request');
      expect(await heightsOf(page, '.event-line')).toEqual([24]);
      await shows(page, '.detail .message.request .facts', /From *client/);
      await shows(page, '.detail .message.answer', /after .*ms/);
      await shows(page, '.detail .message.answer .json', /temperature: 21\.5/);
      await shows(page, '.detail .message.answer .verdict', /CRC-32 (?:[0-9a-f]{2} ){3}[0-9a-f]{2}, right/);
      await shows(page, '.detail .message.answer .dump', /0000 {2}7b 22/);
      await page.click('.detail .message.answer details details > summary');
      await page.waitForSelector('.detail .message.answer details details:not([open])');
      await page.click('#tab-session');
      await shows(page, '#counters', /messages received *4/);
      await shows(page, '.actors button', /authentication *trusted/);
    });
  });

  test('says what is wrong with a session that fails, and shows no secret, seed or key', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, () => {});
    await opened(inspector, async (page) => {
      await using good = await connect({ port: server.port, secret: SECRET, ...inspector.watch('good') });
      expect(good.isTrusted).toBe(true);
      await shows(page, '.session.shown', 'good');
      const refused = connect({
        port: server.port,
        secret: 'quite another secret',
        ...inspector.watch('bad'),
      });
      await expect(refused).rejects.toMatchObject({ reason: 'wrong-secret' });
      await shows(page, '.session.shown', /bad.*refused/s);
      expect(await page.locator('.session .name').allTextContents()).toEqual(['bad', 'good']);
      await page.keyboard.press('t');
      await page.waitForSelector('.detail .story');
      await shows(page, '.totals .trouble', /troubles? *[12]/);
      const all = await page.textContent('body');
      expect(all).not.toContain('quite another secret');
      expect(all).not.toMatch(/[0-9a-f]{64}/);
    });
  });

  test('shows a refused frame with its bytes and both checksums, and noise with its text', async () => {
    await using inspector = await openInspector();
    const detail = 'expected the CRC-32 0x00000001 for the text, got 0x7d000000';
    inspector.hub.add(drop({ reason: 'checksum', detail, hex: '7b 7d 7d 00 00 00' }));
    inspector.hub.add(drop({ hex: '62 6f 6f 74 20 76 31 2e 32' }));
    await opened(inspector, async (page) => {
      await page.click('#tab-events');
      await page.click('.event-line.of-drop >> nth=0');
      await shows(page, '.detail .verdict', `CRC-32 7d 00 00 00, wrong: ${detail}`);
      await page.click('.event-line.of-drop >> nth=1');
      await shows(page, '.detail .dump', /62 6f 6f 74 20 76 31 2e *boot v1\./);
      await page.locator('.detail .verdict').waitFor({ state: 'detached' });
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
      await page.click('#tab-sequence');
      await page.waitForSelector('.arrow-row.of-message:has-text("read data response")');
      const lanes = await page.locator('#sequence .lane').allTextContents();
      expect(lanes.slice(0, 3)).toEqual(['client', 'server', 'session']);
      expect(lanes).toContain('authentication');
      // nothing here is searched
      expect(await page.locator('#filter').count()).toBe(0);
      await page.click('.arrow-row.of-message:has-text("read data response")');
      expect(await heightsOf(page, '.arrow-row')).toEqual([32]);
      await shows(page, '.detail h2', 'read data request');
      await page.check('#only-messages');
      await page.locator('.arrow-row.of-event').first().waitFor({ state: 'detached' });
      await page.click('#tab-session');
      await shows(page, '.actors button', /authentication *trusted/);
      await page.locator('#time').focus();
      await page.keyboard.press('Home');
      await shows(page, '#pause', 'paused');
      await page.locator('.actors button:has-text("trusted")').waitFor({ state: 'detached' });
      await page.selectOption('#speed', '20');
      await page.click('#play');
      await shows(page, '.actors button', /authentication *trusted/);
      await page.click('#live');
      await shows(page, '#pause', 'live');
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
      await page.click('#tab-session');
      await shows(page, '.actors button', /^request 1: read data request, data_id 7 *waiting$/);
      await shows(page, '.actors button', /^request 2: read data request, data_id 8 *ghost$/);
      await shows(page, '.actors button', /^pendingRequests *1 waiting, 1 ghost$/);
      await shows(page, '.session', 'in flight');
      await page.click('.actors button:has-text("request 1")');
      await page.waitForSelector('#tab-charts[aria-selected="true"]');
      await session.close();
      await shows(page, '.actors button', /^pendingRequests *2 settled$/);
      await shows(page, '.session.over', 'closed');
      expect(read.state).toBe('rejected');
    });
  });

  test('opens a link to a moment, and makes one', async () => {
    await using inspector = await openInspector({ now: clock() });
    for (let n = 1; n <= 50; n++)
      inspector.hub.add(note(`note ${n}`, { group: n % 2 === 0 ? 'pump & co' : 'valve' }));
    let link = '';
    await opened(inspector, async (page) => {
      await page.click('#tab-events');
      await page.click('.event-line:has-text("note 30")');
      await page.click('#show-moment');
      await page.fill('#filter', 'note');
      await page.waitForURL(/#t=.*filter=note/);
      link = new URL(page.url()).hash;
      expect(parseHash(link)).toMatchObject({ view: 'events', entry: '30', filter: 'note' });
    });
    await opened(
      inspector,
      async (page) => {
        await shows(page, '.event-line[aria-selected="true"]', 'note 30');
        expect(await page.locator('.event-line').last().textContent()).toContain('note 30');
        await shows(page, '#pause', 'paused');
        await shows(page, '.detail h2', 'connected');
        await page.click('.session:has-text("pump & co")');
        await page.waitForURL(/session=pump\+%26\+co/);
      },
      { at: link },
    );
  });

  test('works from the keyboard, and says how', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    await expect(session.read(77)).rejects.toThrow();
    await opened(inspector, async (page) => {
      await shows(page, '.session', 'pump');
      await page.keyboard.press('5');
      await page.waitForSelector('.event-line.trouble');
      await page.keyboard.press('ArrowUp');
      await page.waitForSelector('.event-line[aria-selected="true"]');
      await page.keyboard.press('/');
      await page.keyboard.type('nothing has this in it');
      await page.locator('.event-line').first().waitFor({ state: 'detached' });
      await page.fill('#filter', 'read data');
      await page.keyboard.press('Escape');
      await page.waitForSelector('.event-line.of-message');
      await page.keyboard.press(']');
      await page.waitForSelector('.session[aria-selected="true"]');
      await page.keyboard.press('[');
      await page.waitForSelector('.session-all[aria-pressed="true"]');
      await page.keyboard.press('s');
      await page.waitForSelector('#sessions:focus');
      await page.keyboard.press('ArrowDown');
      await page.waitForSelector('.session[aria-selected="true"]');
      await page.keyboard.press('p');
      await shows(page, '#pause', 'paused');
      await page.keyboard.press('a');
      await page.waitForSelector('#tab-ask[aria-selected="true"]');
      await page.keyboard.press('?');
      await shows(page, 'dialog', 'One entry back');
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
      await page.focus('#tab-events');
      await page.keyboard.press('ArrowLeft');
      await page.waitForSelector('#tab-sequence[aria-selected="true"]:focus');
    });
  });

  test('asks in a session that allows it, and says how to allow it elsewhere', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, (session) => {
      session.onRead(3, () => ({ level: 7 }));
      session.onWrite(4, (data) => ({ got: data }));
    });
    await using open = await connect({ port: server.port, ...inspector.watch('open', { canSend: true }) });
    await using shut = await connect({ port: server.port, ...inspector.watch('shut') });
    expect([open.isTrusted, shut.isTrusted]).toEqual([true, true]);
    await opened(inspector, async (page) => {
      await page.click('.session:has-text("shut")');
      await page.click('#tab-ask');
      await shows(page, '.ask', '--allow-send');
      await page.click('.session:has-text("open")');
      await page.click('#tab-ask');
      await page.fill('#ask-data-id', '3');
      await page.click('#ask-send');
      await shows(page, '.answer', /read 3, status 0 \(okay\).*level: 7/s);
      await page.fill('#ask-service', 'write');
      await page.fill('#ask-data-id', '4');
      await page.fill('#ask-data', '{"by": 1');
      await shows(page, '#ask-data-fault', 'Not JSON');
      await page.waitForSelector('#ask-send:disabled');
      await page.fill('#ask-data', '{"by": 1}');
      await page.waitForSelector('#ask-send:enabled');
      await page.keyboard.press('Control+Enter');
      await shows(page, '.answer', /write 4, status 0/);
      await page.focus('#ask-data');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await expect.poll(() => page.inputValue('#ask-service')).toBe('read');
      await page.fill('#ask-data-id', '99');
      await page.click('#ask-send');
      await shows(page, '.answer .trouble', /read 99/);
    });
  });

  test('shows texts of peers as texts', async () => {
    await using inspector = await openInspector();
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const names = { service: evil, data: evil, status: evil };
    const data = { [evil]: [evil, { __proto__: evil, constructor: evil, hasOwnProperty: evil }] };
    inspector.hub.add(message({ group: evil, names, data, status: 3, isTrouble: true }));
    inspector.hub.add(message({ group: evil, names, data, role: 'answer', from: 'server' }));
    inspector.hub.add(note(evil, { group: evil, code: 'connect-failed', isTrouble: true }));
    inspector.hub.add(drop({ group: evil, detail: evil, codec: evil }));
    inspector.hub.add(trouble({ group: evil, text: evil, about: { [evil]: evil } }));
    await opened(inspector, async (page) => {
      for (const view of ['1', '2', '3', '4', '5']) await page.keyboard.press(view);
      for (const text of ['dropped', evil]) {
        await page.click(`.event-line:has-text(${JSON.stringify(text)}) >> nth=0`);
        await shows(page, '.detail', evil);
      }
      await page.click('.session');
      await page.click('#tab-session');
      await shows(page, '.side-body', evil);
      await page.click('#tab-ask');
      expect(await page.locator('img, script:not([src])').count()).toBe(0);
      expect(await page.title()).toBe('socket-protocol debugger');
    });
  });

  test('has room for a thousand sessions and a hundred thousand entries, of which it draws what is in view', async () => {
    await using inspector = await openInspector({ maxHistory: 110_000, now: clock() });
    for (let n = 0; n < 1_000; n++) inspector.hub.add(note(`hello ${n}`, { group: `device ${n}` }));
    for (let n = 0; n < 100_000; n++)
      inspector.hub.add(message({ group: `device ${n % 1_000}`, exchange: null, role: 'message', data: n }));
    inspector.hub.add(drop({ group: 'device 777' }));
    await opened(inspector, async (page) => {
      await shows(page, '.total-messages', /messages *100,000/);
      await page.click('#tab-events');
      await shows(page, '.toolbar output', /^101,00\d of 101,00\d$/);
      await shows(page, '.event-line', 'boot v1.2 ok');
      expect(await page.locator('.event-line').count()).toBeLessThan(100);
      expect(await page.locator('.session').count()).toBeLessThan(100);
      await shows(page, '.session >> nth=0', 'device 777');
      await page.focus('#sessions');
      await page.keyboard.press('End');
      await shows(page, '.session[aria-selected="true"]', 'device 999');
      await shows(page, '.toolbar output', /^101 of 101,00\d$/);
      await page.fill('#search-sessions', 'device 42');
      await shows(page, '.session-all', '20 of 1,000');
      await page.fill('#filter', '99,999');
      await page.fill('#filter', '99999');
      await page.keyboard.press('Escape');
      await page.click('.session-all');
      await shows(page, '.toolbar output', /^1 of 101,00\d$/);
    });
  });

  test('follows what comes, also in a window that gets smaller', async () => {
    await using inspector = await openInspector();
    for (let n = 0; n < 200; n++) inspector.hub.add(note(`note ${n}`));
    const isAtEnd = `(() => {
      const { scrollTop, clientHeight, scrollHeight } = document.getElementById('log');
      return scrollTop + clientHeight === scrollHeight;
    })()`;
    await opened(
      inspector,
      async (page) => {
        await shows(page, '.event-line', 'note 199');
        await page.setViewportSize({ width: 1_440, height: 600 });
        await expect.poll(() => page.evaluate(isAtEnd), { timeout: 60_000 }).toBe(true);
        for (let n = 200; n < 300; n++) inspector.hub.add(note(`note ${n}`));
        await shows(page, '.event-line', 'note 299');
        await expect.poll(() => page.evaluate(isAtEnd), { timeout: 60_000 }).toBe(true);
      },
      { at: '#view=events' },
    );
  });

  test('says what it never received', async () => {
    await using inspector = await openInspector({ maxHistory: 10 });
    inspector.hub.add(drop());
    for (let n = 0; n < 100; n++) inspector.hub.add(note(`note ${n}`));
    await opened(inspector, async (page) => {
      await shows(page, '.total-never-received', /never received *\d\d/);
      await shows(page, '.totals .trouble', /trouble *1$/);
      await page.keyboard.press('t');
      await shows(page, '.detail', 'boot');
    });
  });

  test('works in seven tabs at once, and says when the program has ended', async () => {
    const inspector = await openInspector();
    inspector.hub.add(note('hello'));
    const context = await chromium.newContext();
    const pages = await Promise.all(Array.from({ length: 7 }, () => context.newPage()));
    for (const page of pages) page.setDefaultTimeout(60_000);
    for (const page of pages) await page.goto(inspector.url);
    for (const page of pages) await shows(page, '.session', 'pump');
    inspector.hub.add(note('again', { group: 'valve' }));
    for (const page of pages) await shows(page, '.session', 'valve');
    await inspector.close();
    for (const page of pages) await shows(page, '#connection', 'the program has ended');
    await context.close();
  });

  const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
    [
      { name: 'wide', width: 1_440, height: 900 },
      { name: 'enlarged to twice its size', width: 720, height: 450 },
      { name: 'on a phone', width: 390, height: 844 },
    ].map(({ name, ...viewport }) => ({ colorScheme, name, viewport })),
  );
  test.each(LOOKS)('has no fault that axe knows: $colorScheme, $name', async ({ colorScheme, viewport }) => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => ({ temperature: 21.5 })),
    );
    await using session = await connect({
      port: server.port,
      secret: SECRET,
      ...inspector.watch('pump', { canSend: true }),
    });
    await session.read(0);
    const refused = connect({ port: server.port, secret: 'another one', ...inspector.watch('bad') });
    await expect(refused).rejects.toThrow();
    const isNarrow = viewport.width < 800;
    await opened(
      inspector,
      async (page) => {
        /** Nothing is beyond the edge of the page, and nothing that axe looks at is wrong. */
        const isFine = async (what: string): Promise<void> => {
          expect([what, await faultsOf(page)]).toEqual([what, []]);
          const width = await page.evaluate('document.documentElement.scrollWidth');
          expect(width).toBeLessThanOrEqual(viewport.width);
        };
        const back = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        expect(back).toBe(colorScheme === 'dark' ? 'rgb(22, 24, 28)' : 'rgb(255, 255, 255)');
        for (const view of ['1', '2', '3', '4', '5']) {
          await page.keyboard.press(view);
          await page.waitForSelector(`[role="tab"][aria-selected="true"]:nth-child(${view})`);
          await isFine(view);
        }
        await page.fill('#filter', 'read data response');
        await page.click('.event-line.of-message:has-text("read data response")');
        for (const part of ['detail', 'session', 'ask']) {
          await page.click(`#tab-${part}`);
          await isFine(part);
        }
        if (isNarrow) {
          await page.click('.back');
          await page.click('[aria-label="Sessions"][aria-pressed]');
          await shows(page, '.session', 'pump');
          await isFine('sessions');
        }
        await page.keyboard.press('?');
        await page.waitForSelector('dialog[open]');
        await isFine('keys');
      },
      { colorScheme, viewport },
    );
  });
});

/** A clock that goes on by a millisecond with each look at it. */
function clock(): () => number {
  let now = 0;
  return () => now++;
}

/** The heights of all rows of a list, each once: places are worked out from it. */
const heightsOf = (page: Page, selector: string): Promise<number[]> =>
  page.evaluate(
    `[...new Set([...document.querySelectorAll('${selector}')].map(({ offsetHeight }) => offsetHeight))]`,
  );

const parseHash = (hash: string): object => Object.fromEntries(new URLSearchParams(hash.slice(1)));
