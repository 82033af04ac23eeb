/** `proxy`: stands between a client and a server, passes the bytes on untouched and shows what they mean. */

import type { Socket } from 'node:net';
import { type Command, Option } from 'commander';
import type { Debugger } from '../../inspector/index.js';
import { openServer } from '../../transport/tcp-server.js';
import type { Codec } from '../../wire/codec.js';
import { type Address, parseAddress, parseHost, parseListeningAddress, textOfAddress } from '../address.js';
import { choiceParser } from '../arguments.js';
import { codecOf } from '../codecs.js';
import { Naming } from '../contract/entries.js';
import { type ContractOptions, contractOf, withContractOption } from '../contract/option.js';
import { debuggerFor, type PageOptions, withPageOptions } from '../debugger.js';
import { LineFile } from '../files.js';
import type { Io } from '../io.js';
import { type LinkOptions, withLinkOptions, withUnixForAddress } from '../link-options.js';
import { print, timeOfDay, warn } from '../output.js';
import { paint } from '../paint.js';
import { entryOf, entryOfNote, groupOf } from '../recording/item-entries.js';
import { type DataForm, dataFormOf, isTrouble, objectOf, textOf } from '../recording/item-text.js';
import { PeerView } from '../recording/peer-view.js';
import { type Side, type StreamItem, StreamReader } from '../recording/stream-reader.js';
import { trafficHeader, trafficLine } from '../recording/traffic.js';
import { CONTRACT_NAMES_HELP, examples, holdOpen, JSON_HELP, PYTHON_HELP } from './common.js';
import { boundPlaceOf, DEFAULT_HOST, printListening, reloadOnHangUp } from './listening.js';
import { type LinkReporter, ProxyLinks, type ProxyNote } from './proxy-links.js';

const SIDES = ['clients', 'server'] as const;

interface ProxyArguments extends LinkOptions, ContractOptions, PageOptions {
  readonly host: string;
  readonly record?: string;
  readonly plain?: (typeof SIDES)[number];
  readonly secretFile?: string;
  readonly struct?: true;
  readonly python?: true;
  readonly json?: true;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('proxy')
    .description('stand between a client and a server: pass the bytes on untouched, and print what they mean')
    .argument('<port>', 'where to listen: PORT, HOST:PORT or unix:PATH; 0: any free port')
    .argument('<address>', 'HOST:PORT of the server, or unix:PATH', parseAddress)
    .option('--host <host>', 'the address to listen on', parseHost, DEFAULT_HOST)
    .option('--record <file>', 'record for decode and replay, with seeds and keys masked')
    .addOption(
      new Option('--plain <side>', 'with --tls or --tls-psk: who talks to the proxy without')
        .choices(SIDES)
        .argParser(choiceParser(SIDES)),
    )
    .option('--secret-file <file>', 'for --tls-psk: the file with the shared secret; - for standard input')
    .option('--struct', 'client and server use struct_json')
    .option('--python', PYTHON_HELP)
    .option('--json', JSON_HELP);
  withContractOption(command, CONTRACT_NAMES_HELP);
  withPageOptions(withUnixForAddress(withLinkOptions(command, 'proxy'), 1))
    .addHelpText(
      'after',
      examples(
        'proxy 17018 127.0.0.1:17017',
        'proxy 0 device:17017 --record device.jsonl',
        'proxy 17018 device:17017 --inspect',
        'proxy 17018 device:17017 --tls --ca ca.pem --plain clients',
      ),
    )
    .action((place: string, target: Address, options: ProxyArguments) =>
      proxy(parseListeningAddress(place, options.host), target, options, io),
    );
}

async function proxy(place: Address, target: Address, options: ProxyArguments, io: Io): Promise<void> {
  const { record, json: isJson = false } = options;
  const codec = codecOf(options);
  const naming = new Naming(await contractOf(options));
  const links = new ProxyLinks(target, options, io);
  const recording =
    record === undefined ? undefined : new LineFile(record, trafficHeader(codec, new Date()), io);
  await using inspector = await debuggerFor(options, 'proxy', isJson, io);
  const form = dataFormOf(options);
  const showing = { codec, naming, form, recording, inspector, startMs: performance.now(), isJson, io };
  const tellLost = (byteLength: number): void =>
    warn(io, `${byteLength} bytes were not read by their peer, and are lost`);
  let connections = 0;
  const opened = await openServer({ host: '', port: 0, ...place }, (client) => {
    const reporter = new Reporter(++connections, showing);
    reporter.begins(addressOf(client));
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
  readonly form: DataForm;
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

  /** Somebody has connected. */
  begins(address: string | null): void {
    const { inspector, codec } = this.#showing;
    const group = groupOf(this.#connection);
    inspector?.hub.add({
      kind: 'session',
      group,
      role: null,
      codec: codec.name,
      address,
      channelName: null,
    });
  }

  /** Shows the states of the peers if they have changed. */
  states(): void {
    const { client, server } = this.#view.states;
    const text = `states: client ${client}, server ${server}`;
    if (text === this.#shownStates) return;
    this.#shownStates = text;
    this.note({ code: 'states', text, fields: { client, server } });
  }

  note({ code, reason, from, text, fields = {} }: ProxyNote): void {
    const { inspector, isJson, io } = this.#showing;
    const connection = this.#connection;
    const side = from === undefined ? {} : { from };
    const entry = entryOfNote(connection, { code, reason: reason ?? null, ...side, text });
    inspector?.hub.add(entry);
    print(
      io,
      isJson,
      { time: new Date().toISOString(), connection, note: text, code, ...fields },
      `${this.#place()} ${paint(io, entry.isTrouble ? 'trouble' : 'event', text)}`,
    );
  }

  /** Nothing will come any more. */
  stop(): void {
    this.#view.stop();
  }

  #passed(from: Side, item: StreamItem): void {
    const { recording, inspector, codec, naming, form, startMs, isJson, io } = this.#showing;
    const connection = this.#connection;
    recording?.append(trafficLine({ atMs: performance.now() - startMs, from, connection, item }));
    inspector?.hub.add(entryOf(groupOf(connection), from, codec.name, item, naming));
    const arrow = from === 'client' ? paint(io, 'sent', 'client →') : paint(io, 'received', '← server');
    const plain = textOf(item, naming, form);
    const text = isTrouble(item) ? paint(io, 'trouble', plain) : plain;
    const fields = { time: new Date().toISOString(), connection, from, ...objectOf(item, naming) };
    print(io, isJson, fields, `${this.#place()} ${arrow} ${text}`);
    if (item.kind !== 'message') return;
    this.#view.passed(from, item.message);
    this.states();
  }

  #place(): string {
    return paint(this.#showing.io, 'quiet', `${timeOfDay()} #${this.#connection}`);
  }
}

/** Who has connected; null where that is unknown, as on a Unix socket. */
function addressOf({ remoteAddress, remotePort }: Socket): string | null {
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return textOfAddress({ host: remoteAddress, port: remotePort });
}
