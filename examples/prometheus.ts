/**
 * Metrics for Prometheus, of all sessions of a process: copy this file, call `observe()` once, and `watch` each session.
 *
 * No label comes from a peer: neither its address nor its name, nor a status of its own choice. Each would be another series.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import { Counter, Gauge, Histogram, type Registry, register } from 'prom-client';
import type { RequestTraceContext, Session, SessionStats, TraceContext } from 'socket-protocol';

const BUCKETS = [0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics that are registered. */
export interface Observing {
  /** Counts a session until it is closed: pass each that `connect` or `listen` gives you. */
  watch(session: Session): void;
  /** Unsubscribes; what has been measured stays. */
  stop(): void;
}

/**
 * Registers the metrics.
 *
 * @param registry the registry; that of prom-client if not given
 */
export function observe(registry: Registry = register): Observing {
  const registers = [registry];
  const stops = [
    measure('request', 'Requests of this process, until their answer or failure', registers),
    measure('handle', 'Requests of peers, from the call of the handler until its answer', registers),
    countConnects(registers),
  ];
  return {
    watch: watcher(registers),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** `okay`, the code of an error of the library, or the name of your own error. */
function outcomeOf(context: TraceContext): string {
  if (!('error' in context)) return 'okay';
  const { error } = context;
  if (!(error instanceof Error)) return 'error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function measure(operation: 'request' | 'handle', help: string, registers: Registry[]): () => void {
  const duration = new Histogram({
    name: `socket_protocol_${operation}_duration_seconds`,
    help,
    labelNames: ['kind', 'method', 'outcome'],
    buckets: BUCKETS,
    registers,
  });
  const begun = new WeakMap<RequestTraceContext, number>();
  return subscribe<RequestTraceContext>(operation, {
    start: (request) => void begun.set(request, performance.now()),
    asyncEnd: (request) => {
      const beganMs = begun.get(request);
      if (beganMs === undefined) return;
      const { kind, dataName } = request;
      // the name that a contract or `addData` gave it
      const labels = { kind, method: dataName ?? '_OTHER', outcome: outcomeOf(request) };
      duration.observe(labels, (performance.now() - beganMs) / 1_000);
    },
  });
}

function countConnects(registers: Registry[]): () => void {
  const connects = new Counter({
    name: 'socket_protocol_connects_total',
    help: 'Attempts to open a connection',
    labelNames: ['outcome'],
    registers,
  });
  return subscribe('connect', { asyncEnd: (attempt) => connects.inc({ outcome: outcomeOf(attempt) }) });
}

type Subscriber<C> = (context: C) => void;

function subscribe<C extends TraceContext>(
  operation: string,
  { start = () => {}, asyncEnd }: { readonly start?: Subscriber<C>; readonly asyncEnd: Subscriber<C> },
): () => void {
  const channel = tracingChannel<unknown, C>(`socket-protocol:${operation}`);
  const subscribers = { start, end: () => {}, asyncStart: () => {}, asyncEnd, error: () => {} };
  channel.subscribe(subscribers);
  return () => void channel.unsubscribe(subscribers);
}

/** The counters, and where `stats()` has them. */
const TOTALS = {
  socket_protocol_received_frames_total: (stats) => stats.framesReceived,
  socket_protocol_sent_frames_total: (stats) => stats.framesSent,
  socket_protocol_received_bytes_total: (stats) => stats.bytesReceived,
  socket_protocol_sent_bytes_total: (stats) => stats.bytesSent,
  socket_protocol_request_timeouts_total: (stats) => stats.requests.timeouts,
  socket_protocol_reconnects_total: (stats) => stats.link.reconnects,
  socket_protocol_callback_errors_total: (stats) => stats.callbacks.errors,
} satisfies Record<string, (stats: SessionStats) => number>;

/** What is as it is at the moment, added up over all sessions. */
const GAUGES = {
  socket_protocol_requests_in_flight: (stats) => stats.requests.inFlight,
  socket_protocol_requests_queued: (stats) => stats.requests.queued,
  socket_protocol_callbacks_running: (stats) => stats.callbacks.running,
  socket_protocol_callbacks_waiting: (stats) => stats.callbacks.waiting,
  socket_protocol_buffered_bytes: (stats) => stats.link.bufferedBytes,
} satisfies Record<string, (stats: SessionStats) => number>;

/** Numbers of sessions become those of the process: what a session counted stays counted when it is gone. */
function watcher(registers: Registry[]): (session: Session) => void {
  const sessions = new Map<Session, SessionStats | null>();
  const totals = Object.entries(TOTALS).map(([name, read]) => ({
    counter: new Counter({ name, help: name, registers, collect: () => collectAll() }),
    read,
  }));
  const dropped = new Counter({
    name: 'socket_protocol_dropped_total',
    help: 'What was dropped, by the reason',
    labelNames: ['reason'],
    registers,
    collect: () => collectAll(),
  });
  new Gauge({
    name: 'socket_protocol_sessions',
    help: 'Sessions that are not closed',
    registers,
    collect() {
      this.set(sessions.size);
    },
  });
  for (const [name, read] of Object.entries(GAUGES)) {
    new Gauge({
      name,
      help: name,
      registers,
      collect() {
        this.set([...sessions.keys()].reduce((sum, session) => sum + read(session.stats()), 0));
      },
    });
  }

  function collect(session: Session): void {
    const before = sessions.get(session) ?? null;
    const stats = session.stats();
    for (const { counter, read } of totals) counter.inc(read(stats) - (before === null ? 0 : read(before)));
    for (const [reason, count = 0] of Object.entries(stats.dropped))
      dropped.inc(
        { reason },
        count - ((before?.dropped as Record<string, number> | undefined)?.[reason] ?? 0),
      );
    sessions.set(session, stats);
  }

  function collectAll(): void {
    for (const session of sessions.keys()) collect(session);
  }

  return (session) => {
    sessions.set(session, null);
    session.once('closed', () => {
      collect(session);
      sessions.delete(session);
    });
  };
}
