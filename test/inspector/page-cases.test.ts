/** What the page is for: six faults of device links, each found with the page alone. */

import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, listen, type Session } from '../../src/index.js';
import { openInspector } from '../../src/inspector/index.js';
import { structJson } from '../../src/wire/index.js';
import { watch } from '../support/pair.js';
import { CHROMIUM, Chromium, shows } from './page-browser.js';

const SECRET = 'correct horse battery staple';

/** A line to a server that can print like a device, or die without a word. */
async function lineTo(port: number, printed = '') {
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connectSocket(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => [near, far].forEach((each) => void each.destroy()));
    }
    if (printed !== '') near.write(printed);
    near.pipe(far);
    far.pipe(near);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return {
    port: (relay.address() as AddressInfo).port,
    /** From now on nothing comes through, and nobody is told. */
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      relay.close();
      await once(relay, 'close');
    },
  };
}

describe.skipIf(CHROMIUM === undefined)('a person finds with the page', { timeout: 120_000 }, () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.launch();
  });
  afterAll(() => chromium.close());

  /** Reads what the line at the top says, and the whole story beside it. */
  async function tells(
    inspector: Awaited<ReturnType<typeof openInspector>>,
    told: {
      readonly title: RegExp;
      readonly story: readonly RegExp[];
      readonly chosen?: RegExp;
      readonly picture: string;
    },
  ): Promise<void> {
    await chromium.opened(inspector, async (page) => {
      await shows(page, '.summary', told.title);
      await shows(page, '.tabs [role="tab"].trouble', /[1-9]/);
      // before anybody clicks
      await shows(page, '.detail .story', told.title);
      await shows(page, '.detail .story', 'What to do');
      for (const text of told.story) await shows(page, '.detail', text);
      await chromium.picture(page, told.picture);
      await page.click('.summary-line');
      await page.waitForSelector('.summary', { state: 'detached' });
      await shows(page, '.detail .story', told.title);
      if (told.chosen !== undefined) await shows(page, '.detail', told.chosen);
    });
  }

  test('a wrong secret', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, () => {});
    const refused = connect({ port: server.port, secret: 'another', ...inspector.watch('pump') });
    await expect(refused).rejects.toMatchObject({ reason: 'wrong-secret' });
    await tells(inspector, {
      title: /do not have the same secret/,
      story: [/Compare the secrets/],
      picture: 'debugger-refused',
    });
  });

  test('a codec that does not fit', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, codec: structJson }, (session) =>
      session.onRead(0, () => 'now'),
    );
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    for (let n = 0; n < 3; n++) await expect(session.read(0, { timeout: 300 })).rejects.toThrow();
    await tells(inspector, { title: /codec/, story: [/struct/], picture: 'debugger-codec' });
  });

  test('a device that prints to the line', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, (session) => session.onRead(0, () => 21.5));
    await using line = await lineTo(server.port, 'boot v1.2 ok\r\n');
    await using session = await connect({ port: line.port, ...inspector.watch('pump') });
    expect(await session.read(0)).toBe(21.5);
    await tells(inspector, {
      title: /print|text|line/i,
      story: [/boot v1\.2 ok/],
      picture: 'debugger-noise',
    });
  });

  test('a request that timed out on a busy link', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, (session) => {
      session.onRead(0, () => 21.5);
      session.onRead(7, () => new Promise(() => {}));
    });
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    const lost = watch(session.read(7, { timeout: 500 }));
    let asked = 0;
    while (lost.state === 'pending') {
      await session.read(0);
      asked++;
    }
    for (let n = 0; n < 5_000; n++) await session.read(0);
    expect([lost.state, asked > 0]).toEqual(['rejected', true]);
    await tells(inspector, {
      title: /A request timed out/,
      story: [/data id 7/, /Waited/],
      chosen: /500 ms/,
      picture: 'debugger-time-out',
    });
  });

  test('a half-open link', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, (session) => session.onRead(0, () => 21.5));
    await using line = await lineTo(server.port);
    await using session = await connect({
      port: line.port,
      heartbeat: { interval: 200, timeout: 300 },
      ...inspector.watch('pump'),
    });
    await session.read(0);
    line.freeze();
    await once(session, 'disconnected');
    await tells(inspector, {
      title: /half open/,
      story: [/heartbeat|silent/i],
      picture: 'debugger-half-open',
    });
  });

  test('one bad device among two hundred', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET, ...inspector.watch('server') }, (session) =>
      session.onRead(0, () => 21.5),
    );
    const sessions: Session[] = [];
    for (let n = 1; n < 200; n++) {
      const session = await connect({ port: server.port, secret: SECRET, channelName: `device ${n}` });
      sessions.push(session);
      if (n % 20 === 0) await session.read(0);
    }
    const bad = connect({ port: server.port, secret: 'mistyped', channelName: 'the bad one' });
    await expect(bad).rejects.toMatchObject({ reason: 'wrong-secret' });
    await chromium.opened(inspector, async (page) => {
      await shows(page, '.session-all', '200');
      await shows(page, '.session >> nth=0', 'the bad one');
      await shows(page, '.session >> nth=0', /secret|refused|key/);
      await shows(page, '.summary', 'do not have the same secret in server 200, the bad one');
      await shows(page, '.detail', 'the bad one');
      await shows(page, '.detail .story', 'What to do');
      await chromium.picture(page, 'debugger-one-of-many');
      await page.click('.session >> nth=0');
      await shows(page, '.side-body', 'the bad one');
      await page.click('.side-body .link.trouble');
      await shows(page, '.detail .story', 'What to do');
    });
    await Promise.all(sessions.map((session) => session.close()));
  });
});
