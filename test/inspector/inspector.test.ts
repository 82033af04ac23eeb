import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { connect, listen, Message, type Observation, Session } from '../../src/index.js';
import { boundedCopy, bytesOf } from '../../src/inspector/excerpts.js';
import { InspectorHub } from '../../src/inspector/hub.js';
import { noteEntry, openInspector } from '../../src/inspector/index.js';
import { HexMask, maskedCopy } from '../../src/session/journal/hex-mask.js';
import { createMemoryPair } from '../../src/transport/memory.js';
import { structJson } from '../../src/wire/index.js';
import { fetched, pull, pullUntil } from '../support/feed.js';

const SECRET = 'correct horse battery staple';
const SEED = '90cf6910345f75ebbae9402623207f18e718cfd6aec59c177bd8b11e4f244fe9';

describe('the debugger', () => {
  test('shows an authentication up to trust, with no seed, key or secret in it', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => 'now'),
    );
    await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
    await session.read(0);
    const { entries: seen } = await pullUntil(inspector.url, (entries) =>
      entries.some((entry) => entry.kind === 'message' && entry.names.service === 'read data response'),
    );
    const states = seen.flatMap((entry) =>
      entry.kind === 'state' && entry.actor === 'authentication' ? [entry.state] : [],
    );
    expect(states).toEqual(
      expect.arrayContaining([
        { client: { proving: 'seedRequested' } },
        { client: { proving: 'keySent' } },
        { client: 'trusted' },
      ]),
    );
    const text = JSON.stringify(seen);
    expect(text).not.toMatch(/[0-9a-f]{64}/);
    expect(text).not.toContain(SECRET);
    expect(text).toContain('***');
    expect(seen).toContainEqual(
      expect.objectContaining({
        kind: 'message',
        from: 'server',
        data: 'now',
        codec: 'pure_json',
        status: 0,
      }),
    );
    expect(seen).toContainEqual(
      expect.objectContaining({ kind: 'actor', actor: 'authentication', parent: 'session' }),
    );
  });

  test('names each transition that was taken by the key that the picture has', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, () => {});
    const refused = connect({ port: server.port, secret: 'another secret', ...inspector.watch('pump') });
    await expect(refused).rejects.toMatchObject({ reason: 'wrong-secret' });
    const taken = inspector.hub.history.flatMap((entry) =>
      entry.kind === 'state' && entry.actor === 'authentication' ? entry.taken : [],
    );
    const { body: picture } = await fetched(`${inspector.url}charts/authentication.svg`);
    expect(taken).toContain('client.proving.keySent peer.trustDenied 0');
    for (const key of taken) expect(picture).toContain(`data-transition="${key}"`);
  });

  test('shows which actor caused each event of another', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, secret: SECRET }, () => {});
    await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
    expect(session.isTrusted).toBe(true);
    const events = inspector.hub.history.flatMap((entry) => (entry.kind === 'event' ? [entry] : []));
    const reports = events.filter(
      ({ to, event }) => to === 'session' && /^(connection|authentication)\./.test(event.type),
    );
    expect(reports.map(({ from, event }) => [from, event.type])).toEqual([
      ['connection', 'connection.established'],
      ['authentication', 'authentication.trusted'],
    ]);
    const causedOutside = events.filter(({ from }) => from === null);
    expect(new Set(causedOutside.map(({ to }) => to))).toEqual(new Set(['session']));
  });

  test('passes notes on with their codes and reasons', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    const refused = connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
    await expect(refused).rejects.toMatchObject({ reason: 'peer-has-no-secret' });
    const notes = inspector.hub.history.flatMap((entry) => (entry.kind === 'note' ? [entry] : []));
    expect(notes.map(({ code, reason, isTrouble }) => [code, reason, isTrouble])).toEqual([
      ['connected', null, false],
      ['authentication-failed', 'peer-has-no-secret', true],
      ['breaking-connection', 'key-refused', false],
      ['disconnected', 'key-refused', false],
    ]);
  });

  test('shows each request in flight with its states, and forgets it when it is settled', async () => {
    await using inspector = await openInspector();
    const { client, server } = createMemoryPair();
    await using other = new Session(server);
    other.onRead(7, () => 'now');
    await using session = new Session(client, inspector.watch('pump'));
    await session.read(7);
    const actor = 'request 1: read data request, data_id 7';
    const { history } = inspector.hub;
    expect(history).toContainEqual(
      expect.objectContaining({ kind: 'actor', actor, parent: 'pendingRequests', chart: 'pending-request' }),
    );
    const states = history.flatMap((entry) =>
      entry.kind === 'state' && entry.actor === actor
        ? [[entry.state, entry.isOver, entry.chart, ...entry.taken]]
        : [],
    );
    expect(states).toEqual([
      ['queued', false, 'pending-request'],
      ['waiting', false, 'pending-request', 'queued request.written 0'],
      ['answered', true, 'pending-request', 'waiting peer.answered 0'],
    ]);
    const { body: picture } = await fetched(`${inspector.url}charts/pending-request.svg`);
    expect(picture).toContain('data-transition="waiting peer.answered 0"');
    expect(picture).toContain('data-state="waiting"');
  });

  test('shows each session of a server under a name of its own', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0, ...inspector.watch('server') }, () => {});
    await using first = await connect({ port: server.port });
    await using second = await connect({ port: server.port });
    expect([first.isTrusted, second.isTrusted]).toEqual([true, true]);
    const groups = new Set(inspector.hub.history.map(({ group }) => group));
    expect([...groups]).toEqual(['server', 'server 2']);
  });

  test('shows the counters of a session', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    await using session = await connect({ port: server.port, ...inspector.watch('pump') });
    await expect(session.read(5)).rejects.toMatchObject({ status: 1 });
    const { entries } = await pullUntil(inspector.url, (seen) =>
      seen.some(
        (entry) =>
          entry.kind === 'counters' &&
          entry.counters['messagesReceived'] === session.counters.messagesReceived,
      ),
    );
    expect(entries.findLast(({ kind }) => kind === 'counters')).toMatchObject({
      group: 'pump',
      counters: { ...session.counters },
    });
  });

  test('distinguishes a frame of the other codec from a damaged one', async () => {
    await using inspector = await openInspector();
    const { client, server } = createMemoryPair();
    await using other = new Session(server);
    other.onRead(0, () => 'now');
    await using session = new Session(client, inspector.watch('pump'));
    await session.read(0);
    server.send(structJson.encode(new Message({ serviceId: 10, dataId: 1 })));
    server.send(Buffer.from('something else altogether'));
    await session.read(0);
    const drops = inspector.hub.history.flatMap((entry) => (entry.kind === 'drop' ? [entry.readableAs] : []));
    expect(drops).toEqual(['struct_json', null]);
  });

  test('leaves the logger of the session to its user', async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    await using session = await connect({
      port: server.port,
      logger: { debug: log, info: log, warn: log, error: log },
      ...inspector.watch('pump'),
    });
    expect(session.isTrusted).toBe(true);
    expect(lines.join()).toContain('Connection established...');
  });

  test('serves its page and pictures to this machine only, and asks nothing of another', async () => {
    await using inspector = await openInspector();
    const page = await fetched(inspector.url);
    expect([page.status, page.body.includes('debugger.js')]).toEqual([200, true]);
    for (const name of ['debugger.js', 'debugger.css']) {
      const { status, body: text } = await fetched(inspector.url + name);
      expect([name, status]).toEqual([name, 200]);
      // names of markup languages, and who wrote a library: nobody fetches these
      const code = text.replaceAll(/\/\*!.*?\*\//gs, '');
      const asked = code.replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, '').match(/https?:\/\/.{0,40}/);
      expect([name, asked]).toEqual([name, null]);
      expect(text).not.toMatch(
        /\bimport\(|\b(?:import|export)\s*[\w*{][^;()'"`]*\bfrom['"`]|\beval\(|new Function\b/,
      );
    }
    expect(page.body).not.toMatch(/https?:\/\//);
    expect((await fetched(`${inspector.url}charts/authentication.svg`)).body).toContain(
      'data-state="client.trusted"',
    );
    expect((await fetched(`${inspector.url}../../package.json`)).status).toBe(404);
    expect((await fetched(`${inspector.url}constructor`)).status).toBe(404);
    expect(inspector.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });

  test.each([
    '//',
    '//?after=1',
    '/\\',
    '*',
    'http://[',
    '/%',
    '/feed?after=%',
  ])('goes on after a request for %s, which any page can make a browser send', async (path) => {
    await using inspector = await openInspector();
    const { port } = new URL(inspector.url);
    const status = await new Promise((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', method: path === '*' ? 'OPTIONS' : 'GET', path });
      sent.on('response', (response) => resolve(response.resume().statusCode));
      sent.on('error', reject);
      sent.end();
    });
    expect(status).toBeOneOf([400, 404]);
    expect((await fetched(inspector.url)).status).toBe(200);
  });

  test('goes on when a file of the page is gone, and says so', async () => {
    const pageFolder = mkdtempSync(join(tmpdir(), 'page-'));
    writeFileSync(join(pageFolder, 'debugger.js'), '// a page that is half there');
    await using inspector = await openInspector({ pageFolder });
    const { status, body } = await fetched(inspector.url);
    expect([status, JSON.parse(body)]).toMatchObject([500, { error: expect.stringContaining('index.html') }]);
    expect((await fetched(`${inspector.url}debugger.js`)).status).toBe(200);
    rmSync(pageFolder, { recursive: true });
  });

  test('sends so much at once as fits into memory, and all of it in the end', async () => {
    await using inspector = await openInspector();
    for (let n = 0; n < 10; n++)
      inspector.hub.add(
        noteEntry({ group: 'g', code: 'connected', reason: null, text: 'x'.repeat(5_000_000) }),
      );
    const first = await pull(inspector.url);
    expect([first.entries.length, first.last, first.forgotten]).toEqual([3, 10, 0]);
    const { entries } = await pullUntil(inspector.url, (all) => all.length === 10);
    expect(entries.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('goes on where a page was that has been away, and begins anew for one that knew another program', async () => {
    await using inspector = await openInspector();
    for (let n = 1; n <= 5; n++) inspector.hub.add(note(`note ${n}`));
    const { source, entries } = await pull(inspector.url);
    expect(entries).toHaveLength(5);
    const rest = await pull(inspector.url, { source, after: 3 });
    expect(rest.entries.map(({ number }) => number)).toEqual([4, 5]);
    const strange = await pull(inspector.url, { source: 'another-program', after: 3 });
    expect(strange.entries).toHaveLength(5);
  });

  test.each([
    [{ maxHistory: 0 }, 'Option maxHistory: expected an integer of at least 1, got 0'],
    [{ port: -1 }, 'Option port: expected an integer from 0 to 65535, got -1'],
    [{ port: 'x' }, 'Option port: expected an integer from 0 to 65535, got a string'],
    [{ title: 5 }, 'Option title: expected a text of at least one character, got 5'],
  ])('refuses the options %j', async (options, text) => {
    await expect(openInspector(options as object)).rejects.toThrow(text);
  });
});

describe('an observer', () => {
  test('gets every message and drop as fields, with bytes where nothing is confidential', async () => {
    const seen: Observation[] = [];
    const { client, server } = createMemoryPair();
    await using other = new Session(server, { secret: SECRET });
    other.onRead(0, () => ({ on: true }));
    const observe = (observation: Observation): void => void seen.push(observation);
    await using one = new Session(client, { secret: SECRET, autoAuth: true, observe });
    await one.read(0);
    const messages = seen.filter((observation) => observation.type === 'message');
    expect(messages.map(({ direction, names, data }) => [direction, names.service, data])).toEqual(
      expect.arrayContaining([
        ['received', 'authentification response', '***'],
        ['sent', 'authentification request', '***'],
        ['received', 'read data response', { on: true }],
      ]),
    );
    for (const { names, payload } of messages)
      expect(payload === null).toBe(names.service.startsWith('authentification'));
  });

  test('gets the bytes of a frame that could not be read, without what may be a seed or a key', async () => {
    const seen: Observation[] = [];
    const { client, server } = createMemoryPair();
    await using other = new Session(server);
    other.onRead(0, () => 'now');
    await using session = new Session(client, { observe: (observation) => seen.push(observation) });
    await session.read(0);
    server.send(Buffer.from(`{"data": "${'0f'.repeat(32)}", 123456}....`));
    await session.read(0);
    const drop = seen.find((observation) => observation.type === 'dropped');
    expect(drop).toMatchObject({ reason: 'checksum' });
    expect(Buffer.from(drop?.payload ?? []).toString()).toBe(`{"data": "${'*'.repeat(64)}", 123456}....`);
  });

  test.each([
    ['whole', SEED],
    ['with every 21st digit damaged', SEED.replace(/(.{20})./g, '$1~')],
    ['with two bytes damaged after every seventh', SEED.replace(/(.{7})../g, '$1~!')],
  ])('gets a masked seed %s', (_, seed) => {
    const masked = maskedCopy(Buffer.from(`{"data": "${seed}", "x": 12}....`)).toString();
    expect(masked).toMatch(/^\{"data": "[*~!]+", "x": 12\}\.{4}$/);
  });

  test('leaves text, and numbers that are no part of a seed, as they are', () => {
    const text = 'boot ok, firmware 1.2.3 (build 4711), free heap 20480 bytes';
    expect(maskedCopy(Buffer.from(text)).toString()).toBe(text);
  });

  test.each([1, 3, 5, 16])('masks a seed that comes in pieces of %d bytes, but for its beginning', (size) => {
    const mask = new HexMask();
    let seen = '';
    for (let at = 0; at < SEED.length; at += size)
      seen += mask.next(Buffer.from(SEED.slice(at, at + size))).toString();
    expect(seen).toHaveLength(SEED.length);
    expect(seen.replaceAll('*', '').length).toBeLessThan(16);
    mask.reset();
    expect(mask.next(Buffer.from('abc')).toString()).toBe('abc');
    mask.next(Buffer.from('no frame'), 100);
    expect(mask.next(Buffer.from('abc')).toString()).toBe('***');
  });

  test('that throws gets no further events, and the session goes on', async () => {
    let calls = 0;
    const { client, server } = createMemoryPair();
    await using one = new Session(client, {
      observe: () => {
        calls++;
        throw new Error('not today');
      },
    });
    await using other = new Session(server);
    other.onRead(0, () => 'now');
    expect(await one.read(0)).toBe('now');
    expect(calls).toBe(1);
  });
});

describe('a subscriber', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('of the user');
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the user'))],
  ])('that %s gets nothing more, and the others go on', async (_, fail) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const hub = new InspectorHub();
    let calls = 0;
    const taken: number[] = [];
    hub.subscribe({
      take: () => {
        calls++;
        return fail() as never;
      },
      leftOut: () => {},
    });
    hub.subscribe({ take: ({ number }) => taken.push(number) > 0, leftOut: () => {} });
    const entry = noteEntry({ group: 'one', code: 'connected', reason: null, text: 'connected' });
    hub.add(entry);
    await new Promise((resolve) => setImmediate(resolve));
    hub.add(entry);
    expect([calls, taken]).toEqual([1, [1, 2]]);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      'a subscriber of the debugger threw and gets nothing more: of the user',
    ]);
    warn.mockRestore();
  });
});

describe('an excerpt', () => {
  test('of data is small whatever the data is, and says what is left out', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(JSON.stringify(boundedCopy(circular)).length).toBeLessThan(200);
    expect(boundedCopy('x'.repeat(10_000))).toBe(`${'x'.repeat(2_000)}… (8000 more)`);
    const numbers = boundedCopy(Array.from({ length: 1_000_000 }, (_, n) => n)) as unknown[];
    expect([numbers.length, numbers.at(-1)]).toEqual([101, '… (999900 more)']);
    expect(
      boundedCopy({ big: 2n ** 70n, bytes: new Uint8Array(9), not: Number.NaN, deep: [new Error('no')] }),
    ).toEqual({
      big: String(2n ** 70n),
      bytes: '9 bytes',
      not: 'NaN',
      deep: ['Error: no'],
    });
  });

  test('of data with many long texts is small as well', () => {
    const texts = Array.from({ length: 90 }, () => 'x'.repeat(2_000));
    const copy = boundedCopy(texts) as string[];
    expect([copy[0], copy.at(-1)]).toEqual(['x'.repeat(2_000), '… (2000 more)']);
    expect(JSON.stringify(copy).length).toBeLessThan(110_000);
    const named = Object.fromEntries(texts.map((text, n) => [text + n, n]));
    expect(JSON.stringify(boundedCopy(named)).length).toBeLessThan(110_000);
  });

  test('of data is what its toJSON says, and nothing where a getter of it throws', () => {
    expect(boundedCopy({ at: new Date(0) })).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    const bad = {
      get value(): unknown {
        throw new Error('no');
      },
    };
    expect(boundedCopy(bad)).toBe('…');
  });

  test('of bytes counts those that it leaves out', () => {
    expect(bytesOf(Buffer.from('{"'))).toEqual({ hex: '7b 22', hiddenBytes: 0 });
    expect(bytesOf(null)).toEqual({ hex: null, hiddenBytes: 0 });
    const { hex, hiddenBytes } = bytesOf(new Uint8Array(5_000));
    expect([hex?.length, hiddenBytes]).toEqual([4_096 * 3 - 1, 904]);
  });
});

const note = (text: string) => noteEntry({ group: 'g', code: 'connected', reason: null, text });

describe('the hub', () => {
  test('keeps a bounded history for later subscribers', () => {
    const hub = new InspectorHub(3, () => 0);
    for (let n = 1; n <= 10; n++) hub.add(note(String(n)));
    const seen: number[] = [];
    hub.subscribe({ take: ({ number }) => seen.push(number) > 0, leftOut: () => {} });
    expect(seen).toEqual([8, 9, 10]);
    expect(hub.history.map(({ number }) => number)).toEqual([8, 9, 10]);
  });

  test('keeps fewer entries where they are large: a peer with long messages does not fill the memory', () => {
    const hub = new InspectorHub(1_000_000, () => 0);
    const text = 'x'.repeat(1024 * 1024);
    for (let n = 1; n <= 400; n++) hub.add(note(text));
    expect(hub.history.length).toBeGreaterThan(150);
    expect(hub.history.length).toBeLessThan(257);
    expect(hub.history.at(-1)?.number).toBe(400);
    expect(hub.after(0, 1_000)).toMatchObject({ forgotten: 400 - hub.history.length });
  });

  test('never waits for a slow subscriber, and counts the entries that it missed', () => {
    const hub = new InspectorHub(10, () => 0);
    const seen: number[] = [];
    let missed = 0;
    let hasRoom = false;
    const subscription = hub.subscribe({
      take: ({ number }) => {
        seen.push(number);
        return hasRoom;
      },
      leftOut: (count) => void (missed += count),
    });
    for (let n = 1; n <= 1_500; n++) hub.add(note('x'));
    expect(seen).toEqual([1]);
    hasRoom = true;
    subscription.resume();
    expect(seen.length + missed).toBe(1_500);
    expect(missed).toBeGreaterThan(1_400);
    expect(seen.at(-1)).toBe(1_500);
    subscription.end();
    hub.add(note('x'));
    expect(seen.at(-1)).toBe(1_500);
  });

  test('gives a subscriber all that is kept, however slow it is', () => {
    const hub = new InspectorHub(5_000, () => 0);
    for (let n = 1; n <= 5_000; n++) hub.add(note('x'));
    let count = 0;
    const subscription = hub.subscribe({
      take: () => {
        count++;
        return false;
      },
      leftOut: () => expect.unreachable(),
    });
    for (let n = 1; n < 5_000; n++) subscription.resume();
    expect(count).toBe(5_000);
  });
});

test('what is nested too deeply to be written costs a page its end, and not everything else', async () => {
  await using inspector = await openInspector();
  const states: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  inspector.hub.add({
    kind: 'state',
    group: 'recorded',
    actor: 'session',
    parent: null,
    chart: null,
    isOver: false,
    state: 'connected',
    context: states,
    event: 'connect',
    taken: [],
  });
  const { entries } = await pull(inspector.url);
  expect(entries).toMatchObject([{ kind: 'state', number: 1, group: 'recorded', state: 'connected' }]);
});

test('tabs that ask and do not read fill the memory with four answers, and others go on in small ones', async () => {
  await using inspector = await openInspector();
  const text = 'x'.repeat(12_000);
  for (let n = 0; n < 2_000; n++)
    inspector.hub.add(noteEntry({ group: 'pump', code: 'states', reason: null, text }));
  const { port } = new URL(inspector.url);
  const stuck = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const socket = connectSocket({ port: Number(port), host: '127.0.0.1' });
      socket.write('GET /feed HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      await once(socket, 'readable');
      return socket;
    }),
  );
  const { entries, last } = await pull(inspector.url);
  expect([entries.length, last]).toEqual([1, 2_000]);
  for (const socket of stuck) socket.destroy();
  await expect.poll(async () => (await pull(inspector.url)).entries.length).toBeGreaterThan(1_000);
});
