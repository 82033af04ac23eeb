/**
 * OpenTelemetry for all sessions of a process: copy this file, and call `observe()` once, before or after sessions are made.
 *
 * Spans and metrics have the names of the RPC conventions (semantic conventions 1.45). The protocol carries no trace context:
 * the span of a client and that of its server are not joined.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import {
  type Attributes,
  type Context,
  type ContextManager,
  context as contexts,
  metrics,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { RequestTraceContext } from 'socket-protocol';

const SYSTEM = 'socket-protocol';
/** The bounds that the conventions recommend, in seconds. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A traced request, as this file keeps it. */
interface Call {
  readonly span: Span;
  readonly beganMs: number;
}

/**
 * Makes a span for each request of this process and each request that it answers, and measures how long they take.
 *
 * @param storage the store of your context manager, as of {@link StoredContexts}: the span of a request is then the active one
 *   in its handler; without it, spans of a handler's own do not become its children
 * @returns how to stop it
 */
export function observe(storage?: AsyncLocalStorage<Context>): () => void {
  const stops = [
    follow('request', SpanKind.CLIENT, 'rpc.client.call.duration', storage),
    follow('handle', SpanKind.SERVER, 'rpc.server.call.duration', storage),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function follow(
  operation: 'request' | 'handle',
  kind: SpanKind,
  metric: string,
  storage: AsyncLocalStorage<Context> | undefined,
): () => void {
  const tracer = trace.getTracer(SYSTEM);
  const duration = metrics.getMeter(SYSTEM).createHistogram(metric, {
    unit: 's',
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  const channel = tracingChannel<Context, RequestTraceContext>(`socket-protocol:${operation}`);
  const calls = new WeakMap<RequestTraceContext, Call>();

  const begin = (request: RequestTraceContext): Call => {
    const name = request.dataName ?? SYSTEM;
    const attributes = { ...commonOf(request), ...peerOf(request) };
    const call = { span: tracer.startSpan(name, { kind, attributes }), beganMs: performance.now() };
    calls.set(request, call);
    return call;
  };
  const subscribers = {
    // with a store, the request has begun already
    start: (request: RequestTraceContext) => void (calls.get(request) ?? begin(request)),
    end: () => {},
    asyncStart: () => {},
    error: () => {},
    // comes once for each request, however it ends, after `error`
    asyncEnd: (request: RequestTraceContext) => {
      const call = calls.get(request);
      if (call === undefined) return;
      const outcome = outcomeOf(request);
      duration.record((performance.now() - call.beganMs) / 1_000, { ...commonOf(request), ...outcome });
      call.span.setAttributes(outcome);
      if ('error' in request) {
        const { error } = request;
        call.span.setStatus({
          code: SpanStatusCode.ERROR,
          message: error instanceof Error ? error.message : '',
        });
      }
      call.span.end();
    },
  };
  if (storage !== undefined) {
    channel.start.bindStore(storage, (request) => trace.setSpan(contexts.active(), begin(request).span));
  }
  channel.subscribe(subscribers);
  return () => {
    channel.unsubscribe(subscribers);
    if (storage !== undefined) channel.start.unbindStore(storage);
  };
}

/** What spans and metrics have in common: only what this program decides, so that there are few series. */
function commonOf({ dataName, serverAddress, serverPort }: RequestTraceContext): Attributes {
  return {
    'rpc.system.name': SYSTEM,
    // the name that a contract or `addData` gave it
    'rpc.method': dataName ?? '_OTHER',
    ...(serverAddress === null ? {} : { 'server.address': serverAddress }),
    ...(serverPort === null ? {} : { 'server.port': serverPort }),
  };
}

/** What only spans have. */
function peerOf({ dataName, serviceId, dataId, peerAddress }: RequestTraceContext): Attributes {
  const [, host, port] = peerAddress?.match(/^(.*):(\d+)$/) ?? [];
  return {
    ...(dataName === null ? { 'rpc.method_original': `${serviceId}/${dataId}` } : {}),
    ...(host === undefined ? {} : { 'network.peer.address': host.replace(/^\[(.*)\]$/, '$1') }),
    ...(port === undefined ? {} : { 'network.peer.port': Number(port) }),
  };
}

function outcomeOf(request: RequestTraceContext): Attributes {
  const { status } = request;
  // a peer may answer with any number: without a bound, it decides how many series there are
  const code = status === null ? undefined : status < 256 ? String(status) : '_OTHER';
  return {
    ...(code === undefined ? {} : { 'rpc.status_code': code }),
    ...('error' in request ? { 'error.type': typeOf(request.error, code) } : {}),
  };
}

/** A status of the peer's, the code of an error of the library, or the name of your own error. */
function typeOf(error: unknown, status: string | undefined): string {
  if (!(error instanceof Error)) return '_OTHER';
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_STATUS') return status ?? code;
  return typeof code === 'string' ? code : error.name;
}

/**
 * A context manager whose store is known: `contexts.setGlobalContextManager(new StoredContexts(storage))`. That of
 * OpenTelemetry's own packages for Node does the same, and keeps its store to itself.
 */
export class StoredContexts implements ContextManager {
  readonly #storage: AsyncLocalStorage<Context>;

  constructor(storage: AsyncLocalStorage<Context>) {
    this.#storage = storage;
  }

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => Reflect.apply(fn, thisArg, args));
  }

  bind<T>(context: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const storage = this.#storage;
    return function bound(this: unknown, ...args: unknown[]) {
      return storage.run(context, () => Reflect.apply(target, this, args));
    } as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}
