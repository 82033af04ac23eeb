/** `gateway`: lets devices in, and connects them with programs on NATS. */

import type { Command } from 'commander';
import type { Bus } from '../../bus/bus.js';
import type { Gateway } from '../../gateway/index.js';
import { SID_CHANNEL_NAME_REQUEST } from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import { textOfAddress } from '../address.js';
import { parseSubjectWord } from '../arguments.js';
import { contractOf } from '../contract/option.js';
import { debuggerFor, type InspectOptions, withInspectOptions } from '../debugger.js';
import type { Io } from '../io.js';
import { connectNats, type NatsOptions, natsServersOf, withNatsOptions } from '../nats.js';
import { print } from '../output.js';
import { examples } from './common.js';
import { holdSessions } from './ending.js';
import { EventPrinter } from './link-events.js';
import {
  boundPlaceOf,
  commonNameOf,
  type ListenOptions,
  reloadOnHangUp,
  serverLink,
  withListenOptions,
} from './listening.js';
import { type PeerOptions, sessionOptions, withFailureRecords, withPeerOptions } from './peer.js';
import { printEvent } from './presence-lines.js';
import { type ServiceOptions, withServiceOption } from './services.js';

interface GatewayArguments extends PeerOptions, ListenOptions, NatsOptions, ServiceOptions, InspectOptions {
  readonly name?: string;
}

/** The default of a gateway's `requestTimeout`, for the help: the gateway itself is loaded when it is run. */
const GATEWAY_TIMEOUT = '30000';

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = withFailureRecords(withPeerOptions(program.command('gateway'), 'server')).description(
    'let devices in, and connect them with programs on NATS',
  );
  const timeout = command.options.find(({ long }) => long === '--timeout');
  if (timeout !== undefined) {
    timeout.description = 'how long a request may take at most, in milliseconds';
    timeout.default(timeout.defaultValue, GATEWAY_TIMEOUT);
  }
  withNatsOptions(withServiceOption(withInspectOptions(withListenOptions(command))), true)
    .option('--name <name>', 'what its id begins with, in lists and logs', parseSubjectWord)
    .addHelpText(
      'after',
      examples(
        'gateway --nats nats://127.0.0.1:4222',
        'gateway --nats nats://a.example --nats nats://b.example',
        'gateway --nats tls://nats.example --nats-creds gateway.creds',
        'gateway --nats nats://127.0.0.1 --tls --cert a.pem --key a.key --ca b.pem',
      ),
    )
    .addHelpText('after', NAMES_HELP)
    // unless the person says how long a request may take, that is the gateway's to know
    .action((options: GatewayArguments) =>
      runGateway(
        options,
        command.getOptionValueSource('timeout') === 'default' ? undefined : options.timeout,
        io,
      ),
    );
}

const NAMES_HELP = `
A device is called what it calls its channel: whoever has the secret can take any name. With --tls and --ca it is called what its certificate calls it (the common name), and can take no other name.`;

async function runGateway(
  options: GatewayArguments,
  requestTimeout: number | undefined,
  io: Io,
): Promise<void> {
  const isJson = options.json ?? false;
  const servers = natsServersOf(options, io);
  const { prefix, name, recordFailures, timeout, service: services } = options;
  const settings = sessionOptions(options, io);
  const link = serverLink(options, settings.secret, io);
  const contract = await contractOf(options);
  await using inspector = await debuggerFor(options, 'gateway', isJson, io);
  const bus = await connectNats(
    servers,
    options,
    {
      name: name ?? 'socket-protocol gateway',
      timeoutMs: timeout,
      inspect: inspector?.watchAs('bus').inspect,
    },
    io,
  );
  try {
    const { gateway } = await import('../../gateway/index.js');
    const bound = options.tls === true && options.ca !== undefined ? { peerName: commonNameOf } : {};
    // a request of a device may take as long as one to it: callbackTimeout is the time of its answer
    const listen = {
      ...link,
      ...settings,
      ...inspector?.watch('session', { canSend: options.allowSend === true }),
      ...bound,
      recordFailures,
      callbackTimeout: requestTimeout,
    };
    const opened = await gateway({ bus, listen, prefix, name, services, contract, requestTimeout });
    const listening = textOfAddress(boundPlaceOf(link, opened.server));
    const nats = servers.map(({ shown }) => shown);
    print(
      io,
      isJson,
      { listening, ...('tls' in link ? { tls: true } : {}), nats, gateway: opened.id },
      `listening on ${listening}${'tls' in link ? ' with TLS' : ''}, on ${nats.join(', ')} as gateway ${opened.id}`,
    );
    const printer = new EventPrinter(isJson, io);
    printEvents(opened, bus, printer);
    tellNameless(opened, printer);
    const stopReloading = reloadOnHangUp(opened.server, options, isJson, io);
    try {
      await holdSessions(io, isJson, opened);
    } finally {
      stopReloading();
    }
  } finally {
    await bus.close();
  }
}

/** Prints which devices come and go, and whether NATS is there. */
function printEvents(gateway: Gateway, bus: Bus, printer: EventPrinter): void {
  gateway.on('arrived', (event) => printEvent(event, printer));
  gateway.on('left', (event) => printEvent(event, printer));
  bus.onState((state, detail) => {
    const fields = detail === null ? {} : { detail };
    if (state === 'away') printer.trouble('NATS away', fields);
    else if (state === 'up') printer.event('NATS up', fields);
  });
}

/** A device without a name stays connected, and nobody can ask it: the person would wait for it to arrive. */
function tellNameless({ server }: Gateway, printer: EventPrinter): void {
  server.on('session', (session) => {
    const look = (): void => {
      if (session.peerName !== null) return;
      // the port of a device that connects again and again is another each time
      const host = session.peerAddress?.replace(/:\d+$/, '') ?? 'a device';
      const detail = `${host} is connected without a channel name; nobody can ask it`;
      printer.recurringTrouble('no name', { detail, address: session.peerAddress });
    };
    const heard = ({ serviceId, data }: Message<JsonValue>): void => {
      if (serviceId !== SID_CHANNEL_NAME_REQUEST) return;
      session.off('message', heard);
      if (data === null && session.isTrusted) look();
    };
    session.on('message', heard);
    session.once('trusted', look);
  });
}
