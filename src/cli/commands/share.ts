/** `share`: takes the one connection of a device, and answers many programs like the device itself. */

import { type Command, Option } from 'commander';
import type { ServiceIds } from '../../base/service-ids.js';
import type { Contract } from '../../contract/contract.js';
import type { Debugger } from '../../inspector/index.js';
import type { ListenOptions as ServerOptions } from '../../server/listen-options.js';
import type { Rights, Share, ShareOptions } from '../../share/index.js';
import { share as openShare } from '../../share/index.js';
import { DecodeError } from '../../wire/codec.js';
import { parseJson } from '../../wire/json.js';
import { type Address, parseAddress, parseListeningAddress } from '../address.js';
import { choiceParser, parseCount, parseTimeout } from '../arguments.js';
import { learnContract } from '../contract/entries.js';
import { contractOf } from '../contract/option.js';
import { debuggerFor, type PageOptions, withPageOptions } from '../debugger.js';
import { InputError, UsageError } from '../errors.js';
import { MAX_TABLE_BYTES, readInput, textOf } from '../files.js';
import type { Io } from '../io.js';
import { withUnixForAddress } from '../link-options.js';
import { print } from '../output.js';
import { readSecret } from '../secret.js';
import { pemOf, type TlsSettings, tlsOf } from '../tls-settings.js';
import { examples } from './common.js';
import { holdSessions } from './ending.js';
import {
  boundPlaceOf,
  commonNameOf,
  DEFAULT_HOST,
  printListening,
  reloadOnHangUp,
  type ServerLink,
} from './listening.js';
import {
  ConnectDeadline,
  clientLink,
  connectTimesFor,
  type PeerOptions,
  type Secured,
  sessionOptions,
  withFailureRecords,
  withPeerOptions,
} from './peer.js';
import { servicesOf, withServiceOption } from './services.js';

const SIDES = ['clients', 'device'] as const;

interface ShareArguments extends PeerOptions, PageOptions {
  readonly clientSecretFile?: string;
  readonly clientCa?: string;
  readonly plain?: (typeof SIDES)[number];
  readonly rights?: string;
  readonly service?: readonly ServiceIds[];
  readonly concurrency?: number;
  readonly lease: boolean;
  readonly maxLease?: number;
  readonly deviceRequests?: string;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = withFailureRecords(withPeerOptions(program.command('share'), 'proxy'))
    .description('share a device that takes one connection among many programs')
    .argument(
      '<listen>',
      'where programs connect to: PORT, HOST:PORT or unix:PATH; 0: any free port',
      parsePlace,
    )
    .argument('<address>', 'HOST:PORT of the device, or unix:PATH', parseAddress)
    .option(
      '--client-secret-file <file>',
      'the file with the secret of the programs, or -; unless given, that of the device',
    )
    .option(
      '--client-ca <file>',
      'with --tls: let in only programs with a certificate that these vouch for, which names them',
    )
    .addOption(
      new Option('--plain <side>', 'with --tls or --tls-psk: who talks to the share without')
        .choices(SIDES)
        .argParser(choiceParser(SIDES)),
    )
    .option('--rights <file>', 'who may do what, as JSON: an object of names and rights')
    .option(
      '--concurrency <n>',
      'how many READs may be under way to the device at once (default: 1)',
      parseCount,
    )
    .option('--no-lease', 'nobody can have the device alone')
    .option('--max-lease <ms>', 'for how long somebody can, without a renewal (default: 60000)', parseTimeout)
    .option(
      '--device-requests <name>',
      'which program answers what the device asks: a channel name, or first: the one that came first',
    );
  const timeout = command.options.find(({ long }) => long === '--timeout');
  if (timeout !== undefined)
    timeout.description =
      'how long to wait for the device at the start, then how long a request may take in all, in milliseconds';
  withServiceOption(command);
  withPageOptions(withUnixForAddress(command, 1))
    .addHelpText(
      'after',
      examples(
        'share 17018 device:17017',
        'share 17018 device:17017 --inspect',
        'share unix:/run/device.sock device:17017 --secret-file secret.txt --rights rights.json',
        'share 0.0.0.0:17018 device:17017 --tls-psk --plain device --client-secret-file clients.txt',
        'share 0.0.0.0:17018 device:17017 --tls --plain device --cert share.pem --key share.key --client-ca programs.pem --rights rights.json',
      ),
    )
    .action((place: Address, target: Address, options: ShareArguments) => share(place, target, options, io));
}

async function share(place: Address, target: Address, options: ShareArguments, io: Io): Promise<void> {
  const { json: isJson = false, plain, clientCa } = options;
  if (plain !== undefined && options.tls !== true && options.tlsPsk !== true)
    throw new UsageError('--plain needs --tls or --tls-psk');
  if (clientCa !== undefined && (options.tls !== true || plain === 'clients'))
    throw new UsageError('--client-ca needs --tls, and programs that are not --plain');
  if (options.ca !== undefined && plain === 'device')
    throw new UsageError(
      '--ca vouches for the device, which is --plain; --client-ca vouches for the programs',
    );
  const contract = await contractOf(options);
  const rights = options.rights === undefined ? undefined : await readRights(options.rights, io);
  const { link, shared: settings, there, secured } = settingsOf(place, target, contract, options, io);
  await using inspector = await debuggerFor(options, 'share', isJson, io);
  const shared = await openInTime(
    {
      ...(inspector === undefined ? settings : watched(settings, inspector)),
      ...(rights === undefined ? {} : { rights }),
    },
    { target, secured, timeoutMs: options.timeout },
    io,
  );
  if (contract !== undefined) learnNames(shared, contract);
  tellWhatHappens(shared, isJson, io);
  printListening(io, isJson, boundPlaceOf(link, shared.server), there);
  const stopReloading = reloadOnHangUp(shared.server, options, isJson, io);
  try {
    await holdSessions(
      io,
      isJson,
      shared,
      new Promise((resolve) => void shared.once('closed', () => resolve())),
    );
  } finally {
    stopReloading();
  }
}

interface DeviceToReach {
  readonly target: Address;
  readonly secured: Secured;
  readonly timeoutMs: number;
}

/** A device that takes the connection and says nothing must not hold the person up. */
async function openInTime(
  settings: ShareOptions,
  { target, secured, timeoutMs }: DeviceToReach,
  io: Io,
): Promise<Share> {
  using deadline = new ConnectDeadline(timeoutMs, io);
  const upstream = { ...settings.upstream, signal: deadline.signal };
  try {
    return await openShare({ ...settings, upstream });
  } catch (error) {
    throw deadline.failureOf(error, target, secured);
  }
}

interface Settings {
  readonly link: ServerLink;
  /** How the share proves itself to the device. */
  readonly secured: Secured;
  readonly there: Address & { readonly tls?: unknown };
  readonly shared: ShareOptions;
}

function settingsOf(
  place: Address,
  target: Address,
  contract: Contract | undefined,
  options: ShareArguments,
  io: Io,
): Settings {
  const { clientSecretFile, clientCa, concurrency, maxLease, deviceRequests, lease, timeout, plain } =
    options;
  const session = sessionOptions(options, io);
  const secret = clientSecretFile === undefined ? session.secret : readSecret(clientSecretFile, io);
  const upstream = plain === 'device' ? target : clientLink(target, options, session.secret, io);
  const link = plain === 'clients' ? place : linkOfClients(place, options, secret, io);
  const names = clientCa === undefined ? {} : { peerName: commonNameOf };
  return {
    link,
    secured: session,
    there: upstream,
    shared: {
      upstream: {
        ...upstream,
        ...session,
        ...connectTimesFor(timeout),
        recordFailures: options.recordFailures,
      },
      listen: {
        ...link,
        ...names,
        ...session,
        secret,
        recordFailures: options.recordFailures,
      } as ServerOptions,
      services: [...(options.service ?? []), ...servicesOf(contract)],
      requestTimeout: timeout,
      concurrency,
      maxLease,
      deviceRequests,
      ...(lease ? {} : { leaseService: false }),
      logger: session.logger,
      logLevel: session.logLevel,
    },
  };
}

/** The certificate of the share is for its programs; who vouches for the device has no say about those. */
function linkOfClients(
  place: Address,
  { ca, insecure, pskIdentity, servername, clientCa, ...shared }: ShareArguments,
  secret: Uint8Array | null,
  io: Io,
): ServerLink {
  const named = shared.tlsPsk === true && servername !== undefined ? { servername } : {};
  const read = (): TlsSettings | undefined => {
    const tls = tlsOf({ ...shared, ...named }, 'server', secret, io);
    if (clientCa === undefined) return tls;
    const clients = { ca: pemOf(clientCa, '--client-ca', 'CERTIFICATE'), requestCert: true };
    return { ...tls, ...clients, rejectUnauthorized: true };
  };
  const tls = read();
  if (tls === undefined) return place;
  return { ...place, tls: shared.tls === true ? () => read() ?? tls : tls };
}

function learnNames(shared: Share, contract: Contract): void {
  const known = new Set(servicesOf(contract).map(([requestSid]) => requestSid));
  learnContract(shared.session, contract, known);
  shared.server.on('session', (session) => learnContract(session, contract, known));
}

/** All sessions and the share itself are shown. */
function watched(settings: ShareOptions, inspector: Debugger): ShareOptions {
  return {
    ...settings,
    upstream: { ...settings.upstream, ...inspector.watchAs('device') },
    listen: { ...settings.listen, ...inspector.watch('client') },
    inspect: inspector.watchAs('share').inspect,
  };
}

function tellWhatHappens(shared: Share, isJson: boolean, io: Io): void {
  const nameOf = (client: { readonly name: string | null; readonly address: string | undefined }): string =>
    client.name === null ? (client.address ?? 'a program') : JSON.stringify(client.name);
  shared.on('device', (state) =>
    print(io, isJson, { device: state }, state === 'up' ? 'the device is there again' : 'the device is away'),
  );
  shared.on('lease', ({ event, client, fence, reason }) =>
    print(
      io,
      isJson,
      { lease: event, client, fence, reason },
      event === 'began'
        ? `${nameOf(client)} has the device alone (lease ${fence})`
        : `the lease ${fence} of ${nameOf(client)} is over: ${reason}`,
    ),
  );
  shared.on('refused', ({ reason, client, count }) =>
    print(
      io,
      isJson,
      { refused: reason, client, count },
      `refused ${count === 1 ? 'a request' : `${count} requests, the last`} of ${nameOf(client)}: ${reason}`,
    ),
  );
  shared.on('lost', ({ client, serviceId, dataId, reason }) =>
    print(
      io,
      isJson,
      { lost: reason, client, service_id: serviceId, data_id: dataId },
      `nobody knows what became of request (${serviceId}, ${dataId}) of ${nameOf(client)}: ${reason}`,
    ),
  );
}

async function readRights(file: string, io: Io): Promise<Rights> {
  const name = `The rights in ${JSON.stringify(file)}`;
  try {
    return parseJson(textOf(await readInput(file, io, MAX_TABLE_BYTES))) as unknown as Rights;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new InputError(`${name} are no JSON: ${error.message}`);
  }
}

function parsePlace(text: string): Address {
  return parseListeningAddress(text, DEFAULT_HOST);
}
