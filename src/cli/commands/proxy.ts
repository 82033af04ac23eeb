/** `proxy`: stands between a client and a server, passes the bytes on untouched and shows what they mean. */

import { type Command, Option } from 'commander';
import type { Debugger } from '../../inspector/index.js';
import { openServer } from '../../transport/tcp-server.js';
import type { Codec } from '../../wire/codec.js';
import { type Address, choiceParser, parseAddress, parseListeningPlace } from '../arguments.js';
import { codecOf } from '../codecs.js';
import { Naming } from '../contract/entries.js';
import { type ContractOptions, contractOf, withContractOption } from '../contract/option.js';
import { openDebugger } from '../debugger.js';
import { LineFile } from '../files.js';
import type { Io } from '../io.js';
import { type LinkOptions, withLinkOptions, withUnixForAddress } from '../link-options.js';
import { print, timeOfDay } from '../output.js';
import { paint } from '../paint.js';
import { entryOf, entryOfNote, groupOf } from '../recording/item-entries.js';
import { isTrouble, objectOf, textOf } from '../recording/item-text.js';
import { PeerView } from '../recording/peer-view.js';
import { type Side, type StreamItem, StreamReader } from '../recording/stream-reader.js';
import { trafficHeader, trafficLine } from '../recording/traffic.js';
import { CONTRACT_NAMES_HELP, examples, holdOpen, JSON_HELP } from './common.js';
import { boundPlaceOf, DEFAULT_HOST, printListening, reloadOnHangUp } from './listening.js';
import { type LinkReporter, ProxyLinks, type ProxyNote } from './proxy-links.js';

const SIDES = ['clients', 'server'] as const;

interface ProxyArguments extends LinkOptions, ContractOptions {
  readonly host: string;
  readonly record?: string;
  readonly inspect?: true;
  readonly plain?: (typeof SIDES)[number];
  readonly secretFile?: string;
  readonly struct?: true;
  readonly json?: true;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('proxy')
    .description('stand between a client and a server: pass the bytes on untouched, and print what they mean')
    .argument('<port>', 'the port to listen on, or unix:PATH; 0: any free port', parseListeningPlace)
    .argument('<address>', 'HOST:PORT of the server, or unix:PATH', parseAddress)
    .option('--host <host>', 'the address to listen on', DEFAULT_HOST)
    .option('--inspect', 'open the live debugger, a local web page')
    .option('--record <file>', 'record for decode and replay, with seeds and keys masked')
    .addOption(
      new Option('--plain <side>', 'with --tls or --tls-psk: who talks to the proxy without')
        .choices(SIDES)
        .argParser(choiceParser(SIDES)),
    )
    .option('--secret-file <file>', 'for --tls-psk: the file with the shared secret')
    .option('--struct', 'client and server use struct_json')
    .option('--json', JSON_HELP);
  withContractOption(command, CONTRACT_NAMES_HELP);
  withUnixForAddress(withLinkOptions(command, 'proxy'), 1)
    .addHelpText(
      'after',
      examples(
        'proxy 17018 127.0.0.1:17017',
        'proxy 0 device:17017 --record device.jsonl',
        'proxy 17018 device:17017 --tls --ca ca.pem --plain clients',
      ),
    )
    .action((place: ListeningPlace, target: Address, options: ProxyArguments) =>
      proxy(place, target, options, io),
    );
}

type ListeningPlace = ReturnType<typeof parseListeningPlace>;

async function proxy(
  listening: ListeningPlace,
  target: Address,
  options: ProxyArguments,
  io: Io,
): Promise<void> {
  const { host, record, inspect, json: isJson = false } = options;
  const codec = codecOf(options);
  const naming = new Naming(await contractOf(options));
  const links = new ProxyLinks(target, options, io);
  const recording =
    record === undefined ? undefined : new LineFile(record, trafficHeader(codec, new Date()), io);
  await using inspector = inspect === true ? await openDebugger({ port: 0, isJson }, io) : undefined;
  const showing = { codec, naming, recording, inspector, startMs: performance.now(), isJson, io };
  const tellLost = (byteLength: number): void =>
    io.stderr(`socket-protocol: ${byteLength} bytes were not read by their peer, and are lost\n`);
  let connections = 0;
  const place = typeof listening === 'number' ? { host, port: listening } : listening;
  const opened = await openServer({ host: '', port: 0, ...place }, (client) => {
    const reporter = new Reporter(++connections, showing);
    reporter.note({ code: 'connected', text: 'connected' });
    reporter.states();
    links.open(client, reporter, tellLost);
  });
  // not before: a port that is taken must not cost the old content of the file
  recording?.begin();
  const [here, there] = links.secured(boundPlaceOf(place, opened), target);
  printListening(io, isJson, here, there);
  const stopReloading = reloadOnHangUp(links, options, isJson, io);
  try {
    await holdOpen(io, { [Symbol.asyncDispose]: () => links.close(opened) });
  } finally {
    stopReloading();
  }
}

/** Where everything that passes is shown. */
interface Showing {
  readonly codec: Codec;
  readonly naming: Naming;
  readonly recording: LineFile | undefined;
  readonly inspector: Debugger | undefined;
  /** When the proxy started. */
  readonly startMs: number;
  readonly isJson: boolean;
  readonly io: Io;
}

/** Shows one connection. */
class Reporter implements LinkReporter {
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

  note({ code, reason, text, fields = {} }: ProxyNote): void {
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
    const { recording, inspector, codec, naming, startMs, isJson, io } = this.#showing;
    const connection = this.#connection;
    recording?.append(trafficLine({ atMs: performance.now() - startMs, from, connection, item }));
    inspector?.hub.add(entryOf(groupOf(connection), from, codec.name, item, naming));
    const arrow = from === 'client' ? paint(io, 'sent', 'client →') : paint(io, 'received', '← server');
    const plain = textOf(item, naming);
    const text = isTrouble(item) ? paint(io, 'trouble', plain) : plain;
    print(io, isJson, { connection, from, ...objectOf(item, naming) }, `${this.#place()} ${arrow} ${text}`);
    if (item.kind !== 'message') return;
    this.#view.passed(from, item.message);
    this.states();
  }

  #place(): string {
    return paint(this.#showing.io, 'quiet', `${timeOfDay()} #${this.#connection}`);
  }
}
