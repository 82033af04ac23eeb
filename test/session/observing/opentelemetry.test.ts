/** The example for OpenTelemetry, with its exporters in memory. */

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  context as contexts,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { observe, StoredContexts } from '../../../examples/opentelemetry.js';
import { connect, listen, type Server, type Session, StatusError } from '../../../src/index.js';

const spans = new InMemorySpanExporter();
const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const storage = new AsyncLocalStorage<Context>();

beforeAll(() => {
  contexts.setGlobalContextManager(new StoredContexts(storage));
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
});
afterAll(async () => {
  await reader.shutdown();
  trace.disable();
  metrics.disable();
  contexts.disable();
});

/** Those that the server alone knows. */
const PRIVATE_STATUSES = [1_000, 1_001];

let server: Server;
let client: Session;
let stop: () => void;
beforeEach(async () => {
  stop = observe(storage);
  server = await listen({ port: 0 }, (session) => {
    session.addData(10, 0, 'time').addData(10, 1, 'broken').addData(10, 2, 'unavailable');
    session.on('callbackError', () => {});
    session.onRead(0, () => 'now');
    session.onRead(1, () => {
      throw new RangeError('out of range');
    });
    session.onRead(2, () => {
      throw new StatusError(7);
    });
    session.onRead(3, () => 'nameless');
    for (const status of PRIVATE_STATUSES) session.registerCallback(30, status, () => [status, null]);
    session.onExecute(4, async () => {
      trace.getTracer('program').startSpan('of the handler').end();
      await session.read(5);
      return null;
    });
  });
  client = await connect({ port: server.port });
  client
    .addData(10, 0, 'time')
    .addData(10, 2, 'unavailable')
    .onRead(5, () => 'of the client');
});
afterEach(async () => {
  stop();
  await client.close();
  await server.close();
  spans.reset();
  // points that stay in the reader would count for a later test, where the system gives its server the same port
  await reader.forceFlush();
  exporter.reset();
});

function spansOf(kind: SpanKind): ReadableSpan[] {
  return spans.getFinishedSpans().filter((span) => span.kind === kind);
}

/** The only span of a kind. */
function spanOf(kind: SpanKind): Pick<ReadableSpan, 'name' | 'attributes' | 'status'> {
  const [span, ...more] = spansOf(kind);
  if (span === undefined || more.length > 0) throw new Error(`${more.length + 1} spans, or none`);
  const { name, attributes, status } = span;
  return { name, attributes, status };
}

/** The attributes of the points of a histogram that are about the server of this test, and their counts. */
async function pointsOf(metric: string): Promise<[count: number, attributes: object][]> {
  await reader.forceFlush();
  const found = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === metric);
  for (const { descriptor } of found) expect(descriptor.unit).toBe('s');
  return found
    .flatMap(({ dataPoints }): readonly DataPoint<unknown>[] => dataPoints)
    .filter(({ attributes }) => attributes['server.port'] === server.port)
    .map(({ value, attributes }) => [(value as { count: number }).count, attributes]);
}

const common = () => ({
  'rpc.system.name': 'socket-protocol',
  'server.address': '127.0.0.1',
  'server.port': server.port,
});

describe('the example for OpenTelemetry', () => {
  test('makes a span of the client and one of the server, with the names of the conventions', async () => {
    await client.read(0);

    expect(spanOf(SpanKind.CLIENT)).toEqual({
      name: 'time',
      attributes: {
        ...common(),
        'rpc.method': 'time',
        'rpc.status_code': '0',
        'network.peer.address': '127.0.0.1',
        'network.peer.port': server.port,
      },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(spanOf(SpanKind.SERVER)).toEqual({
      name: 'time',
      attributes: {
        ...common(),
        'rpc.method': 'time',
        'rpc.status_code': '0',
        'network.peer.address': '127.0.0.1',
        'network.peer.port': expect.any(Number),
      },
      status: { code: SpanStatusCode.UNSET },
    });
  });

  test('measures both in seconds', async () => {
    await client.read(0);
    await client.read(0);

    const attributes = { ...common(), 'rpc.method': 'time', 'rpc.status_code': '0' };
    expect(await pointsOf('rpc.client.call.duration')).toEqual([[2, attributes]]);
    expect(await pointsOf('rpc.server.call.duration')).toEqual([[2, attributes]]);
  });

  test('calls what nobody has named _OTHER, and only the span says what it was', async () => {
    await client.read(3);

    expect(spanOf(SpanKind.CLIENT)).toMatchObject({
      name: 'socket-protocol',
      attributes: { 'rpc.method': '_OTHER', 'rpc.method_original': '10/3' },
    });
    const [[, attributes] = []] = await pointsOf('rpc.server.call.duration');
    expect(attributes).toEqual({ ...common(), 'rpc.method': '_OTHER', 'rpc.status_code': '0' });
  });

  test('says that a handler threw, and what the client heard of it', async () => {
    await expect(client.read(1)).rejects.toThrow();

    expect(spanOf(SpanKind.SERVER)).toMatchObject({
      name: 'broken',
      attributes: { 'rpc.status_code': '2', 'error.type': 'RangeError' },
      status: { code: SpanStatusCode.ERROR, message: 'out of range' },
    });
    expect(spanOf(SpanKind.CLIENT)).toMatchObject({
      attributes: { 'rpc.status_code': '2', 'error.type': '2' },
      status: { code: SpanStatusCode.ERROR },
    });
  });

  test('takes a status for an error of the client that wants data, and not of the server that answers so', async () => {
    await expect(client.read(2)).rejects.toThrow(StatusError);

    expect(spanOf(SpanKind.SERVER).attributes).toMatchObject({ 'rpc.status_code': '7' });
    expect(spanOf(SpanKind.SERVER).attributes).not.toHaveProperty('error.type');
    expect(spanOf(SpanKind.CLIENT).attributes).toMatchObject({ 'rpc.status_code': '7', 'error.type': '7' });
  });

  test('says what came of a request without an answer', async () => {
    const closing = client.read(0);
    void client.close();
    await expect(closing).rejects.toThrow();

    expect(spanOf(SpanKind.CLIENT).attributes).toMatchObject({ 'error.type': 'ERR_SESSION_CLOSED' });
    expect(spanOf(SpanKind.CLIENT).attributes).not.toHaveProperty('rpc.status_code');
  });

  test('makes no series of a status that only the peer knows', async () => {
    for (const status of PRIVATE_STATUSES) await client.request(30, status);

    const points = await pointsOf('rpc.client.call.duration');
    expect(points).toEqual([[2, { ...common(), 'rpc.method': '_OTHER', 'rpc.status_code': '_OTHER' }]]);
  });

  test('makes what a handler does part of its span, requests of its own included', async () => {
    await client.execute(4);

    const [outer] = spansOf(SpanKind.SERVER).filter(
      ({ attributes }) => attributes['rpc.method_original'] === '30/4',
    );
    const children = spans
      .getFinishedSpans()
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === outer?.spanContext().spanId);
    expect(children.map(({ name, kind }) => [name, kind])).toEqual([
      ['of the handler', SpanKind.INTERNAL],
      ['socket-protocol', SpanKind.CLIENT],
    ]);
  });

  test('works without a store of its own', async () => {
    stop();
    stop = observe();

    await client.read(0);

    expect(spansOf(SpanKind.CLIENT)).toHaveLength(1);
    expect(spansOf(SpanKind.SERVER)).toHaveLength(1);
  });

  test('stops when it is told to', async () => {
    stop();

    await client.read(0);

    expect(spans.getFinishedSpans()).toEqual([]);
  });
});

describe('a context manager whose store is known', () => {
  const manager = new StoredContexts(new AsyncLocalStorage<Context>());

  test('runs and binds functions in a context', () => {
    const context = manager.active().setValue(Symbol.for('x'), 1);
    const read = (): unknown => manager.active().getValue(Symbol.for('x'));

    expect(manager.with(context, read)).toBe(1);
    expect(manager.bind(context, read)()).toBe(1);
    expect(manager.bind(context, 5)).toBe(5);
    expect(read()).toBeUndefined();
    manager.enable().disable();
  });
});
