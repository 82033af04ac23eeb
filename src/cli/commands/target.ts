/** Who is asked: a peer at an address, or a device on NATS, wherever that is connected. */

import { type Command, Option } from 'commander';
import type { ServiceIds } from '../../base/service-ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { NamedPeer } from '../../server/named-peer.js';
import type { RequestOptions } from '../../session/request-options.js';
import type { Session } from '../../session/session.js';
import { type Address, parseAddress } from '../address.js';
import { UsageError } from '../errors.js';
import { withSilenceHint } from '../hints.js';
import type { Io } from '../io.js';
import { withUnixForAddress } from '../link-options.js';
import {
  connectNats,
  type DeviceTarget,
  isNatsAddress,
  NATS_GROUP,
  type NatsOptions,
  parseDeviceTarget,
  withNatsOptions,
} from '../nats.js';
import { assertConnected } from '../requests.js';
import type { DataKind } from './named-data.js';
import { ADDRESS_HELP, type PeerOptions, type Whom, withPeerOptions, withSession } from './peer.js';
import { servicesOf } from './services.js';

/** A peer at an address, or a device on NATS. */
export type Target = Address | DeviceTarget;

/** The options of {@link targetCommand}. */
export interface TargetOptions extends PeerOptions, NatsOptions {
  readonly wait?: true;
}

/**
 * Adds a command whose first argument says who is asked.
 *
 * @param program what it is added to
 * @returns the command, with the options of {@link TargetOptions}
 */
export function targetCommand(program: Command, name: string, description: string): Command {
  const command = withUnixForAddress(withPeerOptions(program.command(name), 'client'));
  return withNatsOptions(command, false)
    .addOption(
      new Option('--wait', 'wait for a device that is not there, within --timeout').helpGroup(NATS_GROUP),
    )
    .description(description)
    .argument('<address>', `${ADDRESS_HELP}, or nats://HOST:PORT/DEVICE`, parseTarget);
}

function parseTarget(text: string): Target {
  return isNatsAddress(text) ? parseDeviceTarget(text) : parseAddress(text);
}

/** What can be asked, whichever way it is reached. */
export type Asked = Pick<NamedPeer, 'request' | 'read' | 'write' | 'execute'>;

/** Reads, writes or executes; READ takes no data. */
export function askFor(
  asked: Asked,
  kind: DataKind,
  dataId: number,
  data: JsonValue,
  how: RequestOptions,
): Promise<JsonValue> {
  if (kind === 'read') return asked.read(dataId, how);
  return kind === 'write' ? asked.write(dataId, data, how) : asked.execute(dataId, data, how);
}

/** A connection to who is asked. */
export interface Line {
  readonly asked: Asked;
  /** Its session; a device on NATS has none here. */
  readonly session?: Session;
  /** Makes a service known. */
  addService(ids: ServiceIds): void;
  /** @throws ConnectionLostError if there is no connection any more, unless it comes back */
  assertUp(): void;
}

/** Who is asked, and about what. */
export interface Question extends Omit<Whom, 'address'> {
  readonly target: Target;
  /** What is asked for, where neither every peer nor the contract has it. */
  readonly service?: ServiceIds | undefined;
}

/**
 * Connects to who is asked; uses the line, and ends it.
 *
 * @param target a peer, or a device on NATS
 * @param use asks
 * @throws (rejects) as `withSession`, and for a device UsageError for options that it has no use for, BusError where NATS
 *   cannot be reached, and as `use` does
 */
export async function withTarget(
  { target, service, ...whom }: Question,
  options: TargetOptions,
  io: Io,
  use: (line: Line) => Promise<void>,
): Promise<void> {
  if ('device' in target) {
    const services = [...servicesOf(whom.contract), ...(service === undefined ? [] : [service])];
    return withDevice(target, services, options, io, use);
  }
  refuse(OF_NATS, options, 'needs an address such as nats://HOST:PORT/DEVICE');
  await withSession({ address: target, ...whom }, options, io, (session) => {
    if (service !== undefined) session.addService(...service);
    const assertUp = whom.reconnects === true ? () => {} : () => assertConnected(session);
    const asked = withHints(session, options.struct === true);
    return use({ asked, session, assertUp, addService: (ids) => void session.addService(...ids) });
  });
}

/** A session whose failures say what may be behind them, for commands that print each one and go on. */
function withHints(session: Session, isStruct: boolean): Asked {
  const hinted = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
    answer.catch((error: unknown) => {
      throw withSilenceHint(error, session, isStruct);
    });
  return {
    request: (...args) => hinted(session.request(...args)),
    read: (...args) => hinted(session.read(...args)),
    write: (...args) => hinted(session.write(...args)),
    execute: (...args) => hinted(session.execute(...args)),
  };
}

async function withDevice(
  { server, device }: DeviceTarget,
  services: readonly ServiceIds[],
  options: TargetOptions,
  io: Io,
  use: (line: Line) => Promise<void>,
): Promise<void> {
  refuse(OF_SESSIONS, options, 'is for HOST:PORT; the gateway of the device decides about that');
  const { prefix, timeout: requestTimeout } = options;
  const bus = await connectNats(
    [server],
    options,
    { name: 'socket-protocol', timeoutMs: requestTimeout },
    io,
  );
  try {
    const { devices } = await import('../../gateway/index.js');
    const known = [...services];
    const makeFleet = () => devices(bus, { prefix, requestTimeout, services: known });
    let fleet = makeFleet();
    const peer = (): Asked => fleet.at(device, { waitForPeer: options.wait === true });
    const asked: Asked = {
      request: (...args) => peer().request(...args),
      read: (...args) => peer().read(...args),
      write: (...args) => peer().write(...args),
      execute: (...args) => peer().execute(...args),
    };
    const addService = (ids: ServiceIds): void => {
      if (known.some(([requestId]) => requestId === ids[0])) return;
      known.push(ids);
      fleet[Symbol.dispose]();
      fleet = makeFleet();
    };
    try {
      await use({ asked, addService, assertUp: () => {} });
    } finally {
      fleet[Symbol.dispose]();
    }
  } finally {
    await bus.close();
  }
}

const OF_NATS = ['natsCreds', 'natsCa', 'natsCert', 'natsKey', 'prefix', 'wait'] as const;
const OF_SESSIONS = [
  ...(['secretFile', 'channel', 'struct', 'verbose', 'logLevel', 'recordFailures', 'tls', 'tlsPsk'] as const),
  ...(['ca', 'cert', 'key', 'servername', 'insecure', 'pskIdentity', 'tlsKeylog'] as const),
];

function refuse(names: readonly (keyof TargetOptions)[], options: TargetOptions, why: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${why}`);
}
