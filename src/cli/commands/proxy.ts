/** `proxy`: stands between a client and a server, passes the bytes on untouched and shows what they mean. */

import type { Socket } from 'node:net';
import type { Command } from 'commander';
import type { Debugger, ProxyNoteCode } from '../../inspector/index.js';
import type { LinkReason } from '../../protocol/reasons.js';
import { connectReasonOf, lossReasonOf } from '../../transport/network-errors.js';
import { openSocket } from '../../transport/open-socket.js';
import { type Listening, openServer } from '../../transport/tcp-server.js';
import type { Codec } from '../../wire/codec.js';
import { type Address, parseAddress, parseListeningPort } from '../arguments.js';
import { codecOf } from '../codecs.js';
import { openDebugger } from '../debugger.js';
import { CutShortError } from '../errors.js';
import { LineFile } from '../files.js';
import type { Io } from '../io.js';
import { type Fields, print, timeOfDay } from '../output.js';
import { paint } from '../paint.js';
import { entryOf, entryOfNote, groupOf } from '../recording/item-entries.js';
import { isTrouble, objectOf, textOf } from '../recording/item-text.js';
import { PeerView } from '../recording/peer-view.js';
import { type Side, type StreamItem, StreamReader } from '../recording/stream-reader.js';
import { trafficHeader, trafficLine } from '../recording/traffic.js';
import { hangUp, relay } from '../relay.js';
import { examples, holdOpen, JSON_HELP } from './common.js';
import { DEFAULT_HOST, printListening } from './listening.js';

interface ProxyArguments {
  readonly host: string;
  readonly record?: string;
  readonly inspect?: true;
  readonly struct?: true;
  readonly json?: true;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  program
    .command('proxy')
    .description('stand between a client and a server: pass the bytes on untouched, and print what they mean')
    .argument('<port>', 'the port to listen on; 0: any free port', parseListeningPort)
    .argument('<address>', 'HOST:PORT of the server', parseAddress)
    .option('--host <host>', 'the address to listen on', DEFAULT_HOST)
    .option('--inspect', 'open the live debugger, a local web page')
    .option('--record <file>', 'record for decode and replay, with seeds and keys masked')
    .option('--struct', 'client and server use struct_json')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples('proxy 17018 127.0.0.1:17017', 'proxy 0 device:17017 --record device.jsonl'),
    )
    .action((port: number, target: Address, options: ProxyArguments) => proxy(port, target, options, io));
}

async function proxy(port: number, target: Address, options: ProxyArguments, io: Io): Promise<void> {
  const { host, record, inspect, json: isJson = false } = options;
  const codec = codecOf(options);
  const recording =
    record === undefined ? undefined : new LineFile(record, trafficHeader(codec, new Date()), io);
  await using inspector = inspect === true ? await openDebugger({ port: 0, isJson }, io) : undefined;
  const showing = { codec, recording, inspector, startMs: performance.now(), isJson, io };
  const tellLost = (byteLength: number): void =>
    io.stderr(`socket-protocol: ${byteLength} bytes were not read by their peer, and are lost\n`);
  const links = new Links();
  let connections = 0;
  const listening = await openServer({ host, port }, (client) => {
    const upstream = openSocket(target);
    links.add(client, upstream);
    connect(client, upstream, new Reporter(++connections, showing), tellLost);
  });
  // not before: a port that is taken must not cost the old content of the file
  recording?.begin();
  printListening(io, isJson, { host, port: listening.port }, target);
  await holdOpen(io, { [Symbol.asyncDispose]: () => links.close(listening) });
}

/** The sockets that are open. */
class Links {
  readonly #sockets = new Set<Socket>();

  add(...sockets: readonly Socket[]): void {
    for (const socket of sockets) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
  }

  /**
   * Hangs up on both sides and closes the server.
   *
   * @throws (rejects) CutShortError where something that was sent was not passed on
   */
  async close(listening: Listening): Promise<void> {
    let lostBytes = 0;
    for (const socket of this.#sockets) {
      // what comes now is too late: its other side has been told the end
      socket.unpipe();
      socket.on('data', (chunk: Buffer) => {
        lostBytes += chunk.length;
      });
      hangUp(socket, (byteLength) => {
        lostBytes += byteLength;
      });
    }
    await listening.close();
    if (lostBytes > 0) throw new CutShortError(`Cut at the end: ${lostBytes} bytes that were not passed on`);
  }
}

/** Relays a connection, and reports what passes and in which states its peers are. */
function connect(
  client: Socket,
  upstream: Socket,
  reporter: Reporter,
  tellLost: (byteLength: number) => void,
): void {
  reporter.note({ code: 'connected', text: 'connected' });
  reporter.states();
  let isServerReached = false;
  upstream.once('connect', () => {
    isServerReached = true;
  });
  relay(client, upstream, {
    bytes: (from, chunk) => reporter.readers[from].push(chunk),
    failed: (from, error) => {
      const reason = from === 'client' || isServerReached ? lossReasonOf(error) : connectReasonOf(error);
      reporter.note({
        code: 'connection-failed',
        text: `connection to the ${from} failed: ${error.message}`,
        reason,
        fields: { from, reason },
      });
    },
    closed: (from) => {
      reporter.readers[from].end();
      reporter.note({ code: 'hung-up', text: `the ${from} hung up`, fields: { from } });
      reporter.stop();
    },
    lost: (_, byteLength) => tellLost(byteLength),
  });
}

/** Where everything that passes is shown. */
interface Showing {
  readonly codec: Codec;
  readonly recording: LineFile | undefined;
  readonly inspector: Debugger | undefined;
  /** When the proxy started. */
  readonly startMs: number;
  readonly isJson: boolean;
  readonly io: Io;
}

/** Something about a connection that is not a message. */
interface Note {
  readonly code: 'connected' | ProxyNoteCode;
  readonly reason?: LinkReason;
  readonly text: string;
  readonly fields?: Fields;
}

/** Shows one connection. */
class Reporter {
  /** The readers of both directions. */
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #connection: number;
  readonly #showing: Showing;
  readonly #view: PeerView;
  #shownStates = '';

  constructor(connection: number, showing: Showing) {
    this.#connection = connection;
    this.#showing = showing;
    this.#view = new PeerView(showing.inspector?.watchAs(groupOf(connection)).inspect);
    this.readers = {
      client: new StreamReader(showing.codec, (item) => this.#passed('client', item)),
      server: new StreamReader(showing.codec, (item) => this.#passed('server', item)),
    };
  }

  /** Shows the states of the peers if they have changed. */
  states(): void {
    const { client, server } = this.#view.states;
    const text = `states: client ${client}, server ${server}`;
    if (text === this.#shownStates) return;
    this.#shownStates = text;
    this.note({ code: 'states', text, fields: { client, server } });
  }

  note({ code, reason, text, fields = {} }: Note): void {
    const { inspector, isJson, io } = this.#showing;
    const connection = this.#connection;
    const entry = entryOfNote(connection, { code, reason: reason ?? null, text });
    inspector?.hub.add(entry);
    print(
      io,
      isJson,
      { connection, note: text, code, ...fields },
      `${this.#place()} ${paint(io, entry.isTrouble ? 'trouble' : 'event', text)}`,
    );
  }

  /** Nothing will come any more. */
  stop(): void {
    this.#view.stop();
  }

  #passed(from: Side, item: StreamItem): void {
    const { recording, inspector, codec, startMs, isJson, io } = this.#showing;
    const connection = this.#connection;
    recording?.append(trafficLine({ atMs: performance.now() - startMs, from, connection, item }));
    inspector?.hub.add(entryOf(groupOf(connection), from, codec.name, item));
    const arrow = from === 'client' ? paint(io, 'sent', 'client →') : paint(io, 'received', '← server');
    const text = isTrouble(item) ? paint(io, 'trouble', textOf(item)) : textOf(item);
    print(io, isJson, { connection, from, ...objectOf(item) }, `${this.#place()} ${arrow} ${text}`);
    if (item.kind !== 'message') return;
    this.#view.passed(from, item.message);
    this.states();
  }

  #place(): string {
    return paint(this.#showing.io, 'quiet', `${timeOfDay()} #${this.#connection}`);
  }
}
