import { describe, expect, test } from 'vitest';
import { connect, listen, type Server, StatusError } from '../../src/index.js';
import { type Debugger, openInspector } from '../../src/inspector/index.js';
import { createPureJson } from '../../src/wire/index.js';
import { type Fetched, fetched } from '../support/feed.js';

const JSON_TYPE = { 'content-type': 'application/json' };

/** A device with some data, a session in which the page may send, and one in which it may not. */
async function world(): Promise<
  AsyncDisposable & { inspector: Debugger; server: Server; read: () => number }
> {
  const inspector = await openInspector();
  let reads = 0;
  const server = await listen({ port: 0, codec: createPureJson({ allowNan: true }) }, (session) => {
    session.onRead(7, () => {
      reads++;
      return { brightness: 0.5 };
    });
    session.onWrite(7, (data) => data);
    session.onRead(11, () => ({ low: Number.NaN, high: [Number.POSITIVE_INFINITY, 1.5] }));
    session.onExecute(9, () => {
      throw new StatusError(6);
    });
    session.onRead(8, () => new Promise(() => {}));
  });
  const { port } = server;
  const session = await connect({ port, ...inspector.watch('lamp', { canSend: true }) });
  session.addData(10, 7, 'brightness');
  const other = await connect({ port, ...inspector.watch('other') });
  return {
    inspector,
    server,
    read: () => reads,
    [Symbol.asyncDispose]: async () => {
      await session.close();
      await other.close();
      await server.close();
      await inspector.close();
    },
  };
}

function asked(
  { inspector }: { inspector: Debugger },
  ask: object | string,
  headers: Record<string, string> = {},
): Promise<Fetched> {
  const body = typeof ask === 'string' ? ask : JSON.stringify(ask);
  return fetched(`${inspector.url}requests`, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body,
  });
}

const READ = { group: 'lamp', serviceId: 10, dataId: 7, data: null };

describe('a request from the page', () => {
  test('is sent in the session, and the page gets the answer', async () => {
    await using lamp = await world();
    const { status, body } = await asked(lamp, READ);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { status: 0, data: { brightness: 0.5 }, ms: expect.any(Number) },
    ]);
    const write = await asked(lamp, { group: 'lamp', serviceId: 20, dataId: 7, data: [1, 'ü'] });
    expect(JSON.parse(write.body)).toMatchObject({ status: 0, data: [1, 'ü'] });
    const refused = await asked(lamp, { group: 'lamp', serviceId: 30, dataId: 9 });
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([200, { status: 6 }]);
  });

  test('has numbers in its answer that JSON has not got', async () => {
    await using lamp = await world();
    const { body } = await asked(lamp, { ...READ, dataId: 11 });
    expect(JSON.parse(body)).toMatchObject({ status: 0, data: { low: 'NaN', high: ['Infinity', 1.5] } });
  });

  test('that is not answered in its time is an error with code and reason', async () => {
    await using lamp = await world();
    const { status, body } = await asked(lamp, { ...READ, dataId: 8, timeout: 30 });
    expect([status, JSON.parse(body)]).toEqual([
      504,
      { error: expect.stringContaining('30 ms'), code: 'ERR_TIMEOUT', reason: 'no-answer' },
    ]);
  });

  test.each([
    ['a session that is only watched', { ...READ, group: 'other' }, 403, 'not-allowed'],
    ['a session that nobody knows', { ...READ, group: 'nobody' }, 404, 'no-such-session'],
    ['the seed', { ...READ, serviceId: 0, dataId: 0 }, 400, 'reserved'],
    ['an id that is none', { ...READ, serviceId: -1 }, 400, 'bad-request'],
    ['no data id', { group: 'lamp', serviceId: 10 }, 400, 'bad-request'],
    ['a time-out that is none', { ...READ, timeout: 'soon' }, 400, 'bad-request'],
    ['a time-out out of range', { ...READ, timeout: -5 }, 400, 'ERR_OPTION'],
    ['a list', [], 400, 'bad-request'],
    ['what is not JSON', 'group=lamp&serviceId=10', 400, 'bad-request'],
  ])('for %s is refused, and the page is told why', async (_, ask, status, code) => {
    await using lamp = await world();
    const got = await asked(lamp, ask);
    expect([got.status, JSON.parse(got.body)]).toMatchObject([
      status,
      { code, error: expect.stringMatching(/\w/) },
    ]);
    expect(got.headers['content-type']).toContain('application/json');
    expect(lamp.read()).toBe(0);
  });

  test('for a session that is over is refused', async () => {
    await using inspector = await openInspector();
    await using server = await listen({ port: 0 }, () => {});
    const session = await connect({ port: server.port, ...inspector.watch('lamp', { canSend: true }) });
    await session.close();
    const got = await asked({ inspector }, READ);
    expect([got.status, JSON.parse(got.body)]).toMatchObject([409, { code: 'session-over' }]);
  });

  test.each([
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['a page that a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page that a browser calls same-site', { 'sec-fetch-site': 'same-site' }, 403],
    ['a name that was made to point here', { host: 'evil.example' }, 403],
    ['a name that only begins as ours', { host: '127.0.0.1.evil.example' }, 403],
    ['a form', { 'content-type': 'text/plain' }, 415],
    ['another form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['something that does not say what it sends', { 'content-type': '' }, 415],
  ])('of %s is never sent', async (_, headers, status) => {
    await using lamp = await world();
    const got = await asked(lamp, READ, headers as Record<string, string>);
    expect(got.status).toBe(status);
    expect(got.headers['access-control-allow-origin']).toBeUndefined();
    expect(lamp.read()).toBe(0);
  });

  test('of our own page is sent', async () => {
    await using lamp = await world();
    const origin = new URL(lamp.inspector.url).origin;
    const got = await asked(lamp, READ, { origin, 'sec-fetch-site': 'same-origin' });
    expect(got.status).toBe(200);
  });

  test('must be a POST, and no preflight of a foreign page is answered', async () => {
    await using lamp = await world();
    const url = `${lamp.inspector.url}requests`;
    expect((await fetched(url)).status).toBe(405);
    const preflight = await fetched(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([405, undefined]);
  });

  test('may not be longer than any device takes', async () => {
    await using lamp = await world();
    const got = await asked(lamp, { ...READ, data: 'x'.repeat(5_000_000) });
    expect([got.status, JSON.parse(got.body)]).toMatchObject([413, { code: 'too-long' }]);
  });
});

describe('the names of a session', () => {
  test('are those that it was given, and none of what it does by itself', async () => {
    await using lamp = await world();
    const { body } = await fetched(`${lamp.inspector.url}names?group=lamp`);
    const { services } = JSON.parse(body) as { services: { serviceId: number; data: unknown }[] };
    expect(services.map(({ serviceId }) => serviceId)).toEqual([10, 20, 30]);
    expect(services[0]?.data).toEqual([{ dataId: 7, name: 'brightness' }]);
    expect((await fetched(`${lamp.inspector.url}names?group=nobody`)).status).toBe(404);
  });
});

describe('whatever the debugger answers', () => {
  test('may be shown by no other page, read by none, and taken for nothing else', async () => {
    await using inspector = await openInspector();
    for (const path of ['', 'debugger.js', 'feed', 'names?group=x', 'requests', 'entries', 'nothing']) {
      const { headers } = await fetched(inspector.url + path);
      expect([path, headers['content-security-policy']]).toEqual([
        path,
        expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
      ]);
      expect([path, headers]).toMatchObject([
        path,
        {
          'cross-origin-resource-policy': 'same-origin',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'cache-control': 'no-store',
        },
      ]);
    }
  });

  test.each([
    '',
    'feed',
    'names?group=x',
    'debugger.js',
  ])('is for this machine: /%s is not for a foreign host', async (path) => {
    await using inspector = await openInspector();
    const got = await fetched(inspector.url + path, { headers: { host: 'evil.example' } });
    expect([got.status, JSON.parse(got.body)]).toMatchObject([403, { code: 'wrong-host' }]);
  });
});
