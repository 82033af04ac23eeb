import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { connect, listen } from '../../src/index.js';
import { InspectorHub, noteEntry, openInspector } from '../../src/inspector/index.js';
import { Joined } from '../../src/inspector/joined.js';
import { JoinedAsks } from '../../src/inspector/joined-asks.js';
import { fetched, pull, pullUntil } from '../support/feed.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { collectWarnings } from '../support/warnings.js';

const warnings = collectWarnings();

const NDJSON = { 'content-type': 'application/x-ndjson' };
const note = (text: string) => noteEntry({ group: 'pump', code: 'states', reason: null, text });

const HEADER = { process: 'worker', id: 'abc', startedAt: Date.now(), missed: 0, isOver: false };

/** Sends what a process that joins would send. */
function send(url: string, header: object, entries: readonly object[], headers: Record<string, string> = {}) {
  const body = [header, ...entries].map((line) => JSON.stringify(line)).join('\n');
  return fetched(`${url}entries`, { method: 'POST', headers: { ...NDJSON, ...headers }, body });
}

describe('a process that joins', () => {
  test('is shown on the page of the other, under its name', async () => {
    await using page = await openInspector();
    await using joined = await openInspector({ join: page.url, processName: 'worker' });
    expect(joined.url).toBe(page.url);
    await using server = await listen({ port: 0, ...joined.watch('server') }, (session) =>
      session.onRead(0, () => 'now'),
    );
    await using session = await connect({ port: server.port, channelName: 'pump-3' });
    await session.read(0);
    const { entries, feed } = await pullUntil(page.url, (seen) =>
      seen.some((entry) => entry.kind === 'message' && entry.data === 'now'),
    );
    expect(new Set(entries.map(({ group }) => group))).toEqual(new Set(['worker: server']));
    const { sessions } = await pull(page.url);
    expect([...feed.sessions, ...sessions].at(-1)).toMatchObject({
      group: 'worker: server',
      process: 'worker',
      channelName: 'pump-3',
      canSend: false,
    });
    const exchanges = entries.flatMap((entry) =>
      entry.kind === 'message' && entry.serviceId >= 10 ? [entry.exchange] : [],
    );
    expect(exchanges).toEqual([2, 2]);
  });

  test('leaves its rows behind when it ends, and two of a name are told apart', async () => {
    await using page = await openInspector();
    const one = await openInspector({ join: page.url, processName: 'worker' });
    const other = await openInspector({ join: page.url, processName: 'worker' });
    one.hub.add(note('one'));
    other.hub.add(note('other'));
    await one.close();
    await other.close();
    const { sessions } = await pullUntil(page.url, (_, { totals }) => totals.sessions === 2).then(
      ({ feed }) => feed,
    );
    expect(sessions.map(({ group, isOver, state }) => [group, isOver, state])).toEqual([
      ['worker: pump', true, 'lost'],
      ['worker 2: pump', true, 'lost'],
    ]);
  });

  test('finds what is wrong with an address', async () => {
    const other = createServer((_, response) => response.writeHead(404).end('<html>'));
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(openInspector({ join: `http://127.0.0.1:${port}/` })).rejects.toThrow(
      `Could not connect to 127.0.0.1:${port}: there is no debugger of socket-protocol that can be joined (HTTP status 404)`,
    );
    await new Promise((resolve) => other.close(resolve));
    await expect(openInspector({ join: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({
      code: 'ERR_CONNECT',
      reason: 'connection-refused',
    });
    for (const join of ['127.0.0.1:8080', 'https://127.0.0.1/', 'nonsense'])
      await expect(openInspector({ join })).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'join' });
  });

  test('keeps what happens while the debugger is away, and sends it when it is back', async () => {
    const page = await openInspector();
    const port = Number(new URL(page.url).port);
    await using joined = await openInspector({ join: page.url, processName: 'worker' });
    joined.hub.add(note('before'));
    await pullUntil(page.url, (seen) => seen.length === 1);
    await page.close();
    joined.hub.add(note('while it was away'));
    await vi.waitUntil(() => warnings.some((text) => text.includes('does not answer')));
    await using again = await openInspector({ port });
    const { entries } = await pullUntil(again.url, (seen) => seen.length > 0);
    expect(entries).toMatchObject([{ group: 'worker: pump', text: 'while it was away' }]);
  });
});

describe('a debugger that is joined', () => {
  test('takes new processes, however many have come and gone', () => {
    const joined = new Joined(new InspectorHub(), 0);
    const join = (id: string, isOver: boolean) => joined.take(JSON.stringify({ ...HEADER, id, isOver }));
    for (let n = 0; n < 1_500; n++) expect(join(`gone ${n}`, true)).toHaveProperty('taken');
    for (let n = 0; n < 1_000; n++) expect(join(`here ${n}`, false)).toHaveProperty('taken');
    expect(join('one too many', false)).toEqual({ error: 'Too many processes have joined (limit 1000)' });
    joined.close();
  });

  test('takes each entry once, at its time of day', async () => {
    await using page = await openInspector({ wallTime: () => 1_000_000 });
    page.hub.add(note('here'));
    const header = { ...HEADER, startedAt: 1_000_500 };
    const first = { ...note('one'), number: 5, ms: 10 };
    const second = {
      kind: 'trouble',
      group: 'pump',
      code: 'noise',
      text: 'noise',
      isTrouble: true,
      exchange: null,
      incident: 1,
      count: 1,
      firstMs: 20,
      coveredBy: null,
      about: {},
      number: 6,
      ms: 20,
    };
    const receipt = await send(page.url, header, [first]);
    expect([receipt.status, JSON.parse(receipt.body)]).toEqual([
      200,
      { taken: 5, process: 'worker', asks: [] },
    ]);
    await send(page.url, { ...header, missed: 3 }, [first, second]);
    const { entries, totals } = await pull(page.url);
    expect(entries).toMatchObject([
      { number: 1, text: 'here' },
      { number: 2, ms: 510, text: 'one' },
      { number: 3, ms: 520, kind: 'trouble' },
    ]);
    expect(totals).toMatchObject({ missedElsewhere: 3, byCode: { noise: 1 } });
  });

  test.each([
    ['no header', [note('x')], 400],
    ['an entry of no known kind', [HEADER, { kind: 'spell', group: 'x', number: 1, ms: 1 }], 400],
    ['an entry without its fields', [HEADER, { kind: 'message', group: 'x', number: 1, ms: 1 }], 400],
    ['a note with a code that there is not', [HEADER, { ...note('x'), code: 'x', number: 1, ms: 1 }], 400],
  ])('takes nothing of a batch with %s', async (_, lines, status) => {
    await using page = await openInspector();
    const [first = {}, ...rest] = lines;
    const got = await send(page.url, first, rest);
    expect([got.status, JSON.parse(got.body)]).toMatchObject([status, { code: 'bad-request' }]);
    expect(page.hub.last).toBe(0);
  });

  test('takes nothing that it could not show: data nested without end, times that are none', async () => {
    await using page = await openInspector();
    const state = { kind: 'state', group: 'x', actor: 'a', parent: null, chart: null, isOver: false };
    const more = { context: null, event: 'e', taken: [], number: 1, ms: 1 };
    const deep = JSON.stringify({ ...state, ...more, state: 0 }).replace(
      '"state":0',
      `"state":${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    );
    const body = `${JSON.stringify(HEADER)}\n${deep}`;
    expect(await fetched(`${page.url}entries`, { method: 'POST', headers: NDJSON, body })).toMatchObject({
      status: 400,
    });
    expect(await send(page.url, HEADER, [{ ...note('x'), number: 1, ms: 1e300 }])).toMatchObject({
      status: 400,
    });
    expect(await send(page.url, { ...HEADER, startedAt: 1e300 }, [])).toMatchObject({ status: 400 });
    expect((await pull(page.url)).entries).toEqual([]);
  });

  test('shows the beginning of a name that is a whole text', async () => {
    await using page = await openInspector();
    const group = 'x'.repeat(100_000);
    await send(page.url, HEADER, [{ ...note('x'), group, number: 1, ms: 1 }]);
    await using server = await listen({ port: 0 }, () => {});
    await using session = await connect({ port: server.port, ...page.watchAs(group) });
    expect(session.isConnected()).toBe(true);
    const { sessions } = await pull(page.url);
    expect(sessions.map((row) => row.group)).toEqual([`worker: ${'x'.repeat(300)}…`, `${'x'.repeat(200)}…`]);
  });

  test('shows a dot for what in a name cannot be seen, or turns the text around it', async () => {
    await using page = await openInspector();
    const header = { ...HEADER, process: 'a\u202eb' };
    await send(page.url, header, [{ ...note('x'), group: '\u2066pump\u0000\n', number: 1, ms: 1 }]);
    const { sessions } = await pull(page.url);
    expect(sessions.map((row) => row.group)).toEqual(['a·b: ·pump··']);
  });

  test.each([
    ['no list', 5],
    ['an answer without an id', [{ httpStatus: 200, body: { status: 0, ms: 1, data: 5 } }]],
    ['an answer that is none', [{ id: 1, httpStatus: 200, body: { data: 5 } }]],
    ['a status of HTTP that a page does not expect', [{ id: 1, httpStatus: 302, body: { error: 'x' } }]],
  ])('takes nothing from a process whose answers are %s', async (_, answers) => {
    await using page = await openInspector();
    expect(await send(page.url, { ...HEADER, answers }, [])).toMatchObject({ status: 400 });
  });

  test.each([
    ['any page', { origin: 'https://evil.example' }, 403],
    ['our own page', { 'sec-fetch-site': 'same-origin' }, 403],
    ['a form', { 'content-type': 'text/plain' }, 415],
    ['a foreign host', { host: 'evil.example' }, 403],
  ])('takes nothing from %s', async (_, headers, status) => {
    await using page = await openInspector();
    const entry = { ...note('x'), number: 1, ms: 1 };
    expect((await send(page.url, HEADER, [entry], headers as Record<string, string>)).status).toBe(status);
    expect(page.hub.last).toBe(0);
  });
});

/** Asks as the page does. */
async function ask(url: string, group: string, more: object = {}): Promise<[status: number, body: object]> {
  const body = JSON.stringify({ group, serviceId: 10, dataId: 0, ...more });
  const headers = { 'content-type': 'application/json' };
  const got = await fetched(`${url}requests`, { method: 'POST', headers, body });
  return [got.status, JSON.parse(got.body)];
}

describe('a request of the page for a process that has joined', () => {
  async function joinedServer(page: { readonly url: string }, canSend: boolean) {
    const joined = await openInspector({ join: page.url, processName: 'worker' });
    const server = await listen({ port: 0 }, (session) => session.onRead(0, () => 'from afar'));
    const watched = joined.watch('pump', { canSend });
    const session = await connect({ port: server.port, ...watched });
    await pullUntil(page.url, (_, { sessions }) => sessions.some(({ group }) => group === 'worker: pump'));
    const close = async (): Promise<void> => {
      await session.close();
      await server.close();
      await joined.close();
    };
    return { joined, [Symbol.asyncDispose]: close };
  }

  test('is sent there, where that process allows it, and its answer comes back', async () => {
    await using page = await openInspector();
    await using _ = await joinedServer(page, true);
    const { canSend, sessions } = await pull(page.url);
    expect([canSend, sessions[0]?.canSend]).toEqual([true, true]);
    expect(await ask(page.url, 'worker: pump')).toEqual([
      200,
      { status: 0, data: 'from afar', ms: expect.any(Number) },
    ]);
    const names = await fetched(`${page.url}names?group=worker%3A%20pump`);
    expect([names.status, JSON.parse(names.body)]).toEqual([200, { services: [] }]);
  });

  test('is refused where that process does not allow it', async () => {
    await using page = await openInspector();
    await using _ = await joinedServer(page, false);
    expect(await ask(page.url, 'worker: pump')).toMatchObject([
      403,
      { code: 'not-allowed', error: expect.stringContaining('in the process "worker"') },
    ]);
  });

  test('is decided on by that process, whatever the page believes', async () => {
    await using page = await openInspector();
    await using _ = await joinedServer(page, false);
    for (const group of page.hub.groups) group.canSend = true;
    expect(await ask(page.url, 'worker: pump')).toMatchObject([403, { code: 'not-allowed' }]);
  });

  test('ends when the process goes, and says whether it was on its way', async () => {
    await using page = await openInspector();
    const entry = { kind: 'session', role: 'client', codec: 'pure_json', address: null, channelName: null };
    const lines = [{ ...entry, group: 'pump', canSend: true, number: 1, ms: 1 }];
    await send(page.url, HEADER, lines);
    const first = ask(page.url, 'worker: pump');
    await expect
      .poll(async () => JSON.parse((await send(page.url, HEADER, [])).body).asks)
      .toMatchObject([{ id: 1, ask: { group: 'pump', serviceId: 10, dataId: 0 } }]);
    await send(page.url, { ...HEADER, isOver: true }, []);
    expect(await first).toMatchObject([
      504,
      { code: 'process-silent', error: expect.stringContaining('whether it was sent is unknown') },
    ]);
    expect(await ask(page.url, 'worker: pump')).toMatchObject([409, { code: 'session-over' }]);
  });
});

describe('the requests for one process', () => {
  const asked = { group: 'pump', serviceId: 10, dataId: 0, data: null };

  test('go once each, and at most a hundred wait', async () => {
    const asks = new JoinedAsks('worker');
    const outcomes = Array.from({ length: 101 }, () => asks.ask(asked));
    expect(await outcomes[100]).toMatchObject({ httpStatus: 429, body: { code: 'too-many' } });
    expect(asks.handOver()).toHaveLength(100);
    expect(asks.handOver()).toEqual([]);
    const answer = { id: 3, httpStatus: 200, body: { status: 0, data: 1, ms: 2 } };
    asks.answered([answer, answer, { ...answer, id: 4_711 }]);
    expect(await outcomes[2]).toEqual({ httpStatus: 200, body: answer.body });
    asks.end();
    expect(await outcomes[0]).toMatchObject({ httpStatus: 504 });
  });

  test('do not wait for ever, and one that did not go is not sent later', async () => {
    const clock = new VirtualClock();
    const asks = new JoinedAsks('worker', clock);
    const outcome = asks.ask({ ...asked, timeout: 500 });
    clock.advance(10_500);
    expect(await outcome).toMatchObject({
      httpStatus: 504,
      body: { error: 'No word from the process "worker": nothing was sent' },
    });
    expect([asks.handOver(), clock.pending]).toEqual([[], 0]);
  });
});
