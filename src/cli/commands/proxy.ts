/** `proxy`: stands between a client and a server, passes the bytes on untouched and shows what they mean. */

import type { Socket } from 'node:net';
import { type Debugger, noteEntry, type ProxyNoteCode } from '../../inspector/index.js';
import type { LinkReason } from '../../protocol/reasons.js';
import { addressOf } from '../../transport/address.js';
import { connectReasonOf, lossReasonOf } from '../../transport/network-errors.js';
import { openSocket } from '../../transport/open-socket.js';
import { openServer } from '../../transport/tcp-server.js';
import type { Codec } from '../../wire/codec.js';
import type { Address } from '../arguments.js';
import { LineFile } from '../files.js';
import { type Io, untilInterrupted } from '../io.js';
import { paint } from '../paint.js';
import { entryOf } from '../recording/item-entries.js';
import { isTrouble, jsonLine, lineOf, objectOf, timeOfDay } from '../recording/item-lines.js';
import { PeerView } from '../recording/peer-view.js';
import { recordingHeader, recordingLine } from '../recording/recording.js';
import { type Side, type StreamItem, StreamReader } from '../recording/stream-reader.js';

/** What the proxy is told. */
export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly target: Address;
  readonly codec: Codec;
  readonly isJson: boolean;
  /** The file of a recording. */
  readonly record: string | undefined;
  /** The debugger that shows what passes. */
  readonly inspector: Debugger | undefined;
}

/** Runs until the person wants to stop. */
export async function proxy(options: ProxyOptions, io: Io): Promise<void> {
  const startMs = performance.now();
  const recording =
    options.record === undefined
      ? undefined
      : new LineFile(options.record, recordingHeader(options.codec, new Date()), io);
  const report = (connection: number, from: Side, item: StreamItem): void => {
    recording?.append(recordingLine({ atMs: performance.now() - startMs, from, connection, item }));
    options.inspector?.hub.add(entryOf(groupOf(connection), from, options.codec.name, item));
    io.stdout(
      options.isJson
        ? jsonLine({ connection, from, ...objectOf(item) })
        : `${placeOf(connection)} ${passedLine(from, item, io)}\n`,
    );
  };
  const placeOf = (connection: number): string => paint(io, 'quiet', `${timeOfDay()} #${connection}`);
  const note = (connection: number, code: ProxyNote, text: string, reason: LinkReason | null): void => {
    const entry = noteEntry({ group: groupOf(connection), code, reason, text });
    options.inspector?.hub.add(entry);
    if (options.isJson) io.stdout(jsonLine({ connection, note: text }));
    else io.stdout(`${placeOf(connection)} ${paint(io, entry.isTrouble ? 'trouble' : 'event', text)}\n`);
  };
  let connections = 0;
  const sockets = new Set<Socket>();
  const { server, port } = await openServer(options.host, options.port, (client) => {
    const number = ++connections;
    const upstream = openSocket(options.target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    const inspect = options.inspector?.watchAs(groupOf(number)).inspect;
    join(client, upstream, options.codec, new PeerView(inspect), {
      report: (from, item) => report(number, from, item),
      note: (code, text, reason) => note(number, code, text, reason ?? null),
    });
  });
  // not before: what is in the file must not be lost for a port that is taken
  recording?.begin();
  const target = addressOf(options.target.host, options.target.port);
  const listening = addressOf(options.host, port);
  io.stdout(
    options.isJson ? jsonLine({ listening, target }) : `listening on ${listening}, passing on to ${target}\n`,
  );
  await untilInterrupted(io);
  for (const socket of sockets) socket.end();
  await new Promise<void>((resolve) => {
    const grace = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
  });
}

/** How long the two sides may take to hang up. */
const CLOSE_GRACE_MS = 500;

/** What a connection is called in the debugger. */
function groupOf(connection: number): string {
  return `connection ${connection}`;
}

/** One line about something that passed; what is trouble is red. */
function passedLine(from: Side, item: StreamItem, io: Io): string {
  const arrow = paint(
    io,
    from === 'client' ? 'sent' : 'received',
    from === 'client' ? 'client →' : '← server',
  );
  const line = lineOf(item);
  return `${arrow} ${isTrouble(item) ? paint(io, 'trouble', line) : line}`;
}

/** Hangs up on the other side too: it gets what was said, and may not keep the connection for itself. */
function hangUp(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  // what it says now is for nobody, and a socket that is not read never closes
  socket.resume();
  const grace = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
  socket.once('close', () => clearTimeout(grace));
}

type ProxyNote = 'connected' | ProxyNoteCode;

interface Reporter {
  report(from: Side, item: StreamItem): void;
  note(code: ProxyNote, text: string, reason?: LinkReason): void;
}

function join(client: Socket, upstream: Socket, codec: Codec, view: PeerView, reporter: Reporter): void {
  let shown = '';
  const showStates = (): void => {
    const { client: ofClient, server } = view.states;
    const text = `states: client ${ofClient}, server ${server}`;
    if (text !== shown) reporter.note('states', text);
    shown = text;
  };
  const readerOf = (from: Side): StreamReader =>
    new StreamReader(codec, (item) => {
      reporter.report(from, item);
      if (item.kind !== 'message') return;
      view.passed(from, item.message);
      showStates();
    });
  reporter.note('connected', 'connected');
  showStates();
  for (const [from, source, sink] of [
    ['client', client, upstream],
    ['server', upstream, client],
  ] as const) {
    const reader = readerOf(from);
    source.setNoDelay(true);
    source.on('data', (chunk) => reader.push(chunk));
    source.pipe(sink);
    let hasOpened = from === 'client';
    source.once('connect', () => {
      hasOpened = true;
    });
    source.on('error', (error) => {
      const reason = hasOpened ? lossReasonOf(error) : connectReasonOf(error);
      reporter.note('connection-failed', `the ${from}'s connection failed: ${error.message}`, reason);
    });
    source.once('close', () => {
      reader.end();
      reporter.note('hung-up', `the ${from} has hung up`);
      view.stop();
      hangUp(sink);
    });
  }
}
