import { describe, expect, test } from 'vitest';
import { memoryBus } from '../../src/bus/memory-bus.js';
import { gateway } from '../../src/gateway/gateway.js';
import {
  contract,
  createMemoryListener,
  execute,
  request as requestEntry,
  SID_AUTH_REQUEST,
  SID_EXECUTE_REQUEST,
  StatusError,
} from '../../src/index.js';
import { Scene } from './scene.js';

const READ = 10;

describe('a request over the bus', () => {
  test('goes to the device of the name, and its answer comes back', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(0, () => ({ bar: 2.5 })).onExecute(7, (data) => [data, 'done']);
    expect(await scene.ask('pump', READ, 0)).toMatchObject({
      answer: { serviceId: 11, dataId: 0, status: 0, data: { bar: 2.5 } },
      headers: { 'Sp-Status': '0', 'Sp-Gateway': here.gateway.id },
    });
    expect(await scene.ask('pump', SID_EXECUTE_REQUEST, 7, { for: 3 })).toMatchObject({
      answer: { data: [{ for: 3 }, 'done'] },
    });
    expect(here.gateway.stats()).toMatchObject({
      devices: 1,
      requests: 2,
      answered: 2,
      inFlight: 0,
      failures: {},
    });
  });

  test('has the status that the device gives, as a message', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(0, () => {
      throw new StatusError(77, { data: 'empty' });
    });
    expect(await scene.ask('pump', READ, 0)).toMatchObject({
      answer: { status: 77, data: 'empty' },
      headers: { 'Sp-Status': '77' },
    });
    expect(await scene.ask('pump', READ, 1)).toMatchObject({ answer: { data: null } });
  });

  test('is answered by the one device of the name, whatever the name is made of', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const names = ['*', '>', 'a.b', 'Küche 1', '$SRV', '%', 'pump'];
    for (const name of names) (await here.device(name)).onRead(0, () => name);
    for (const name of names)
      expect(await scene.ask(name, READ, 0)).toMatchObject({ answer: { data: name } });
    expect(here.gateway.stats()).toMatchObject({ devices: names.length, requests: names.length });
  });

  test.each([
    ['service ids that are no request', 11, 0],
    ['the service of authentication', SID_AUTH_REQUEST, 0],
    ['a service that nobody has named', 300, 0],
  ])('for %s is refused, and the device does not see it', async (_, serviceId, dataId) => {
    const scene = new Scene();
    const here = await scene.open('one');
    await here.device('pump');
    expect(await scene.ask('pump', serviceId, dataId)).toMatchObject({
      error: { name: 'BusError', reason: 'bus-bad-subject', written: false },
    });
    expect(here.gateway.stats()).toMatchObject({ failures: { 'bus-bad-subject': 1 } });
  });

  test('that is no message is refused', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    await here.device('pump');
    const answer = await scene.bus.request('sp.pump.10.0', Buffer.from('{"data": '), { timeoutMs: 1_000 });
    expect(answer.headers).toMatchObject({ 'Sp-Error': 'bus-bad-message', 'Nats-Service-Error-Code': '400' });
    const other = await scene.bus.request('sp.pump.10.0', Buffer.from('{"service_id": 12}'), {
      timeoutMs: 1_000,
    });
    expect(other.headers).toMatchObject({ 'Sp-Error': 'bus-bad-message', 'Sp-Written': 'false' });
  });

  test('for services of the options, and of contracts, is one', async () => {
    const scene = new Scene();
    const agreed = contract({ calibrate: requestEntry(200, 201, 3), reboot: execute(2) });
    const here = await scene.open('one', { services: [[100, 101]], contract: agreed });
    const pump = await here.device('pump');
    pump.addService(100, 101).addService(200, 201);
    pump.onRequest(100, 0, () => 'own').onRequest(200, 3, () => 'of the contract');
    expect(await scene.ask('pump', 100, 0)).toMatchObject({ answer: { serviceId: 101, data: 'own' } });
    expect(await scene.ask('pump', 200, 3)).toMatchObject({
      answer: { serviceId: 201, data: 'of the contract' },
    });
  });

  test('ends with its own time, and not later than the gateway allows', async () => {
    const scene = new Scene();
    const here = await scene.open('one', { requestTimeout: 2_000 });
    const pump = await here.device('pump');
    pump.onRead(null, () => new Promise(() => {}));
    const brief = scene.ask('pump', READ, 0, null, { headers: { 'Sp-Timeout': '300' } });
    const long = scene.ask('pump', READ, 1, null, { headers: { 'Sp-Timeout': '60000' } });
    const silent = scene.ask('pump', READ, 2);
    await scene.pass(2_000);
    const timedOut = (timeoutMs: number): object => ({
      error: { name: 'TimeoutError', reason: 'no-answer', written: true, timeoutMs },
    });
    expect(await brief).toMatchObject(timedOut(300));
    expect(await long).toMatchObject(timedOut(2_000));
    expect(await silent).toMatchObject(timedOut(2_000));
  });

  test.each([
    ['300', 300],
    ['0', 0],
    ['-5', 2_000],
    ['', 2_000],
    ['NaN', 2_000],
    ['Infinity', 2_000],
    ['1e2', 2_000],
    ['999999999999999999999', 2_000],
  ])('whose time is %j has %i ms', async (text, timeoutMs) => {
    const scene = new Scene();
    const here = await scene.open('one', { requestTimeout: 2_000 });
    const pump = await here.device('pump');
    pump.onRead(null, () => new Promise(() => {}));
    const asked = scene.ask('pump', READ, 0, null, { headers: { 'Sp-Timeout': text } });
    await scene.pass(timeoutMs);
    expect(await asked).toMatchObject({ error: { name: 'TimeoutError', timeoutMs } });
    expect(here.gateway.stats()).toMatchObject({ inFlight: 0 });
  });

  test('whose device goes before the answer has an unknown outcome', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(0, () => new Promise(() => {}));
    const asked = scene.ask('pump', READ, 0);
    await scene.settle();
    expect(here.gateway.device('pump')).toMatchObject({ state: 'claiming', inFlight: 1 });
    await pump.close();
    await scene.settle();
    expect(await asked).toMatchObject({
      error: { name: 'ConnectionLostError', reason: 'peer-closed', written: true },
    });
    expect(here.gateway.stats()).toMatchObject({ devices: 0, leaving: 0, inFlight: 0 });
  });

  test('for a device that is gone finds nobody', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    await pump.close();
    await scene.settle();
    expect(await scene.ask('pump', READ, 0)).toMatchObject({
      error: { reason: 'bus-no-responders', written: false },
    });
  });

  test('that the bus had sent before the device went is answered at once, with "no such peer"', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    const asked = scene.ask('pump', READ, 0);
    for (const session of here.gateway.server.sessions) session.commInstance.disconnect?.('link-closed');
    expect(here.gateway.stats()).toMatchObject({ devices: 0, leaving: 1 });
    await scene.settle();
    expect(await asked).toMatchObject({ error: { name: 'NoSuchPeerError', peerName: '' } });
    expect(here.gateway.stats()).toMatchObject({ requests: 1, forwarded: 1, inFlight: 0, leaving: 0 });
    await pump.close();
  });

  test('for a service that is given with two responses is refused before there is a gateway', async () => {
    const services = [
      [100, 101],
      [100, 102],
    ] as const;
    const begun = gateway({ bus: memoryBus(), listen: { memory: createMemoryListener() }, services });
    await expect(begun).rejects.toThrow('The request service id 100 is taken');
  });

  test('above the limit of the gateway is refused', async () => {
    const scene = new Scene();
    const here = await scene.open('one', { maxRequests: 2 });
    const pump = await here.device('pump');
    const answers: ((value: string) => void)[] = [];
    pump.onRead(null, () => new Promise((resolve) => answers.push(resolve)));
    const asked = [scene.ask('pump', READ, 0), scene.ask('pump', READ, 1)];
    await scene.settle();
    expect(await scene.ask('pump', READ, 2)).toMatchObject({
      error: {
        name: 'TooManyRequestsError',
        reason: 'too-many-pending',
        limit: 2,
        message: expect.stringContaining('the other side takes 2'),
      },
    });
    for (const answer of answers) answer('done');
    expect(await Promise.all(asked)).toMatchObject([
      { answer: { data: 'done' } },
      { answer: { data: 'done' } },
    ]);
  });

  test('above the limit of a session is refused', async () => {
    const scene = new Scene();
    const here = await scene.open('one', { listen: { maxPendingRequests: 1 } });
    const pump = await here.device('pump');
    pump.onRead(null, () => new Promise(() => {}));
    const first = scene.ask('pump', READ, 0);
    await scene.settle();
    expect(await scene.ask('pump', READ, 1)).toMatchObject({
      error: { name: 'TooManyRequestsError', limit: 1 },
    });
    await scene.pass(5_000);
    expect(await first).toMatchObject({ error: { reason: 'bus-timeout', written: true } });
  });

  test('whose answer is longer than the bus takes says so', async () => {
    const scene = new Scene({ maxPayload: 4_096 });
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(0, () => 'x'.repeat(5_000)).onRead(1, () => 'x'.repeat(4_030));
    for (const dataId of [0, 1])
      expect(await scene.ask('pump', READ, dataId)).toMatchObject({
        error: { name: 'BusError', reason: 'bus-too-large', written: true },
      });
    expect(here.gateway.stats().failures).toEqual({ 'bus-too-large': 2 });
  });

  test('whose answer comes while the bus is away has it when the bus is back, if somebody still waits', async () => {
    const scene = new Scene();
    const here = await scene.open('one', { requestTimeout: 2_000 });
    const pump = await here.device('pump');
    const answers: ((value: string) => void)[] = [];
    pump.onRead(null, () => new Promise((resolve) => answers.push(resolve)));
    const asked = [
      scene.ask('pump', READ, 0),
      scene.ask('pump', READ, 1, null, { headers: { 'Sp-Timeout': '500' } }),
    ];
    await scene.settle();
    here.bus.lose();
    for (const answer of answers) answer('done');
    await scene.pass(1_000);
    expect(here.gateway.stats()).toMatchObject({ answered: 2, answersLost: 0, inFlight: 0 });
    here.bus.find();
    await scene.settle();
    expect(await asked[0]).toMatchObject({ answer: { data: 'done' } });
    expect(here.gateway.stats()).toMatchObject({ answersLost: 1 });
    await scene.pass(5_000);
    expect(await asked[1]).toMatchObject({ error: { reason: 'bus-timeout', written: true } });
  });

  test('whose answer comes when the bus is closed is counted as lost', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    let answer = (_: string): void => {};
    pump.onRead(0, () => new Promise((resolve) => void (answer = resolve)));
    const asked = scene.ask('pump', READ, 0);
    await scene.settle();
    await here.bus.inner.close();
    answer('too late');
    await scene.settle();
    expect(here.gateway.stats()).toMatchObject({ answersLost: 1, inFlight: 0 });
    await scene.pass(5_000);
    expect(await asked).toMatchObject({ error: { reason: 'bus-timeout' } });
  });
});

describe('the tools of NATS', () => {
  test('see kinds of requests, and how they went', async () => {
    const scene = new Scene();
    const here = await scene.open('one', { services: [[100, 101]] });
    const pump = await here.device('pump');
    pump.onRead(0, () => 'seven');
    await scene.ask('pump', READ, 0);
    await scene.ask('pump', READ, 5);
    await scene.ask('pump', 77, 0);
    const stats = await scene.bus.request('$SRV.STATS.socket-protocol-gateway', new Uint8Array(), {
      timeoutMs: 1_000,
    });
    const { endpoints, id } = JSON.parse(Buffer.from(stats.data).toString());
    expect(id).toBe(here.gateway.id);
    expect(endpoints).toMatchObject([
      {
        name: 'read',
        subject: 'sp.*.10.*',
        queue_group: 'sp',
        num_requests: 2,
        num_errors: 0,
        last_error: '',
      },
      { name: 'write', num_requests: 0 },
      { name: 'execute', num_requests: 0 },
      { name: 'request', subject: 'sp.*.*.*', num_requests: 1, num_errors: 1 },
    ]);
  });
});

test('a request without any time left is not asked, and says so', async () => {
  const scene = new Scene();
  const here = await scene.open('one');
  const pump = await here.device('pump');
  const asked: number[] = [];
  for (const dataId of [0, 1]) pump.onRead(dataId, () => asked.push(dataId));
  expect(await scene.ask('pump', READ, 0, null, { headers: { 'Sp-Timeout': '0' } })).toMatchObject({
    error: { code: 'ERR_TIMEOUT', written: false },
  });
  await scene.ask('pump', READ, 1, null, { headers: { 'Sp-Timeout': '1' } });
  expect(asked).toEqual([1]);
});

describe('a request that takes long', () => {
  test('tells who wants to know which gateway has it, once', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(0, () => 'quick').onRead(1, () => new Promise(() => {}));
    const told: unknown[] = [];
    scene.bus.subscribe('sp.$progress.me.*', ({ subject, headers, data }) =>
      told.push([subject, headers, data.length]),
    );
    for (const dataId of [0, 1])
      void scene.ask('pump', READ, dataId, null, { headers: { 'Sp-Progress': `sp.$progress.me.${dataId}` } });
    void scene.ask('pump', READ, 1);
    await scene.pass(999);
    expect(told).toEqual([]);
    await scene.pass(4_000);
    expect(told).toEqual([['sp.$progress.me.1', { 'Sp-Gateway': here.gateway.id }, 0]]);
  });
});
