import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { connect, listen } from '../../src/index.js';
import { InspectorHub, type NumberedEntry } from '../../src/inspector/hub.js';
import { openInspector } from '../../src/inspector/index.js';

const SECRET = 'correct horse battery staple';

/** Status and body of a page. */
function fetched(url: string, headers: Record<string, string> = {}): Promise<[number, string, string]> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => void (body += chunk.toString()));
      response.on('end', () =>
        resolve([response.statusCode ?? 0, body, String(response.headers['content-security-policy'])]),
      );
    }).on('error', reject);
  });
}

/** Reads the stream until an entry fits. */
function streamed(url: string, fits: (entry: NumberedEntry) => boolean): Promise<NumberedEntry[]> {
  return new Promise((resolve, reject) => {
    const seen: NumberedEntry[] = [];
    let rest = '';
    const request = get(`${url}events`, (response) => {
      response.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          const entry = JSON.parse(part.replace(/^data: /, '')) as NumberedEntry;
          seen.push(entry);
          if (!fits(entry)) continue;
          request.destroy();
          resolve(seen);
          return;
        }
      });
    }).on('error', reject);
  });
}

describe('the debugger', () => {
  test('shows an authentication up to trust, with no seed, key or secret in it', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => 'now'),
    );
    await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
    await session.read(0);
    const seen = await streamed(
      inspector.url,
      (entry) => entry.kind === 'message' && entry.text.includes('read data response'),
    );
    const states = seen.flatMap((entry) =>
      entry.kind === 'state' && entry.actor === 'authentication' ? [entry.state] : [],
    );
    expect(states).toEqual(expect.arrayContaining(['seedRequested', 'keySent', 'trusted']));
    const text = JSON.stringify(seen);
    expect(text).not.toMatch(/[0-9a-f]{64}/);
    expect(text).not.toContain(SECRET);
    expect(text).toContain('***');
    expect(seen.find((entry) => entry.kind === 'message' && entry.hex?.includes('7b 22'))).toBeDefined();
  });

  test('serves its page and pictures to this machine only, and asks nothing of another', async () => {
    await using inspector = await openInspector();
    const page = await fetched(inspector.url);
    expect([page[0], page[1].includes('debugger.js')]).toEqual([200, true]);
    expect(page[1] + (await fetched(`${inspector.url}debugger.js`))[1]).not.toMatch(/https?:\/\//);
    expect(page[2]).toContain("default-src 'none'");
    expect((await fetched(`${inspector.url}charts/authentication.svg`))[1]).toContain('data-state="trusted"');
    expect((await fetched(`${inspector.url}../../package.json`))[0]).toBe(404);
    expect((await fetched(inspector.url, { host: 'evil.example' }))[0]).toBe(403);
    expect(inspector.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });
});

describe('the hub', () => {
  const note = (text: string) => ({ kind: 'note', group: 'g', text, isTrouble: false }) as const;

  test('keeps a bounded past and gives it to who looks on later', () => {
    const hub = new InspectorHub(3, () => 0);
    for (let n = 1; n <= 10; n++) hub.add(note(String(n)));
    const seen: number[] = [];
    hub.watch({ take: ({ number }) => seen.push(number) > 0, leftOut: () => {} });
    expect(seen).toEqual([8, 9, 10]);
    expect(hub.history.length).toBeLessThanOrEqual(6);
  });

  test('never waits for a slow onlooker, and tells it how much it has missed', () => {
    const hub = new InspectorHub(10, () => 0);
    const seen: number[] = [];
    let missed = 0;
    let hasRoom = false;
    const watching = hub.watch({
      take: ({ number }) => {
        seen.push(number);
        return hasRoom;
      },
      leftOut: (count) => void (missed += count),
    });
    for (let n = 1; n <= 1_500; n++) hub.add(note('x'));
    hasRoom = true;
    watching.ready();
    expect([seen.length, missed]).toEqual([1_001, 499]);
    watching.leave();
    hub.add(note('x'));
    expect(seen).toHaveLength(1_001);
  });
});

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (CHROMIUM === undefined) console.warn('there is no Chromium: the page of the debugger is not opened');

describe.skipIf(CHROMIUM === undefined)('the page in Chromium', () => {
  test('lights up "trusted" when a session authenticates, and shows why a wrong secret is refused', async () => {
    const { chromium } = await import('playwright-core');
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, () => {});
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(inspector.url);
      await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
      expect(session.isTrusted).toBe(true);
      await page.waitForSelector('#chart [data-state="trusted"].active');
      await page.waitForSelector('#actors .state.trusted');

      const refused = connect({
        port: server.port,
        secret: 'quite another secret',
        ...inspector.watch('wrong'),
      });
      await expect(refused).rejects.toThrow('the peer did not accept the key');
      await page.check('#only-trouble');
      await page.waitForSelector('#log .trouble:has-text("the peer did not accept the key")');
      // the pictures of docs/debugging.md: SCREENSHOTS=1 npx vitest run test/inspector
      if (process.env['SCREENSHOTS'] === '1') {
        await page.setViewportSize({ width: 1_400, height: 860 });
        await page.uncheck('#only-trouble');
        await page.click('[data-actor="pump 1 authentication"]');
        await page.screenshot({ path: 'docs/debugger-trusted.png' });
        await page.click('[data-actor="wrong 2 authentication"]');
        await page.click('#log .trouble');
        await page.screenshot({ path: 'docs/debugger-refused.png' });
        await page.check('#only-trouble');
      }
      await page.keyboard.press('p');
      expect(await page.getAttribute('#pause', 'aria-pressed')).toBe('true');
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
