/** Makes a gateway: devices that connect to this process can be reached through a bus. */

import { callersOf, withCallers } from '../base/callers.js';
import { guardedClock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { listenAt } from '../server/listen.js';
import { NameContests } from '../server/name-contests.js';
import { logLevelsOf } from '../session/journal/logging.js';
import { sessionSettings } from '../session/options.js';
import { RELAY_TO } from '../session/relay.js';
import type { Session } from '../session/session.js';
import { GatewayCounts } from './counts.js';
import { DeviceRelay } from './device-relay.js';
import { DevicesHere } from './devices-here.js';
import { Epochs } from './epochs.js';
import { GatewayLog } from './gateway-log.js';
import type { GatewayOptions } from './gateway-options.js';
import { Kinds } from './kinds.js';
import { Neighbours } from './neighbours.js';
import { admitGatewayOptions, GATEWAY_OPTIONS } from './option-table.js';
import { Requests } from './requests.js';
import { type Gateway, RunningGateway } from './running-gateway.js';
import { servicesOf } from './services.js';

const ID_LETTERS = 12;

/**
 * Listens for devices, and makes each device with a name reachable through a bus: a request that is published to
 * `sp.<name>.<service id>.<data id>` is answered by the device, whichever gateway it is connected to. What devices ask goes to the
 * workers on the bus. See docs/gateways.md.
 *
 * @param options the bus, where to listen, and limits
 * @returns the gateway, listening
 * @throws (rejects) OptionError for a wrong option; ListenError where it cannot listen; BusError where the bus is closed, or goes
 *   away meanwhile
 *
 * @example
 * ```ts
 * import { gateway, memoryBus } from 'socket-protocol/gateway';
 *
 * const bus = memoryBus();
 * const here = await gateway({ bus, listen: { port: 17017, secret: 'correct horse battery staple' } });
 * console.log(here.stats().devices);
 * await here.close({ drain: true });
 * ```
 */
export async function gateway(options: GatewayOptions): Promise<Gateway> {
  // an event makes it fail, whose stack does not lead to the caller
  const callers = callersOf(gateway);
  try {
    return await open(options);
  } catch (error) {
    throw withCallers(error, callers);
  }
}

async function open(options: GatewayOptions): Promise<Gateway> {
  admitGatewayOptions(options);
  const read = optionReader(GATEWAY_OPTIONS, options);
  const [bus, prefix, name, wallTime] = [read('bus'), read('prefix'), read('name'), read('wallTime')];
  const { logger, logLevel } = options;
  // only checked: what `listen` says counts
  read('logger');
  read('logLevel');
  const listenOptions = {
    ...(options.clock === undefined ? {} : { clock: read('clock') }),
    ...(logger === undefined ? {} : { logger }),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...read('listen'),
    duplicateNames: 'evict' as const,
  };
  const settings = sessionSettings(listenOptions);
  const clock = guardedClock(settings.clock);
  const id = idOf(name, read('random'));
  const counts = new GatewayCounts();
  const log = new GatewayLog(
    clock,
    settings.logger,
    logLevelsOf(settings.logger, listenOptions.logLevel ?? 'debug'),
  );
  const { services, register } = servicesOf(read('services'), read('contract') ?? []);
  const contests = new NameContests(clock);
  const [requestTimeoutMs, maxRequests] = [read('requestTimeout'), read('maxRequests')];
  const [onSession, closesBus] = [read('onSession'), read('closeBus')];
  const kinds = new Kinds(bus, { prefix, id, started: new Date(wallTime()) });
  const requests = new Requests({
    id,
    bus,
    clock,
    counts,
    kinds,
    services: services.asked,
    requestTimeoutMs,
    maxRequests,
  });
  const epochs = new Epochs(wallTime);
  const timestamp = (): string => new Date(wallTime()).toISOString();
  let running: RunningGateway | null = null;
  const devices = new DevicesHere({
    id,
    prefix,
    bus,
    clock,
    inspect: settings.inspect,
    epochs,
    contests,
    counts,
    log,
    timestamp,
    take: (device, message) => requests.take(device, message),
    moved: (event) => running?.moved(event),
  });
  const neighbours = new Neighbours({ id, prefix, bus, clock, counts, devices, timestamp });
  const [closing, closed] = [new AbortController(), new AbortController()];
  const relayParts = {
    id,
    prefix,
    bus,
    clock,
    counts,
    log,
    responseSids: services.responseSids,
    callbackTimeoutMs: settings.callbackTimeoutMs,
    closing: closing.signal,
    closed: closed.signal,
  };
  const begin = (session: Session): unknown => {
    const relay = new DeviceRelay(relayParts, session);
    session[RELAY_TO](relay);
    register(session);
    return onSession?.(session);
  };
  try {
    await neighbours.open();
    const server = await listenAt(listenOptions, begin, { watcher: devices, contests });
    running = new RunningGateway({
      id,
      bus,
      server,
      clock,
      counts,
      log,
      devices,
      requests,
      neighbours,
      kinds,
      closesBus,
      stopRelays: () => closing.abort(),
      giveUpRelays: () => closed.abort(),
    });
  } catch (error) {
    neighbours.close();
    requests.close();
    // a bus that is slow keeps nobody waiting for the error
    void kinds.close();
    log.close();
    throw error;
  }
  neighbours.begin();
  log.info(`${id} takes devices at ${running.server.path ?? running.server.port}`);
  return running;
}

/** A word that no other gateway has. */
function idOf(name: string | null, random: () => number): string {
  let letters = '';
  while (letters.length < ID_LETTERS) letters += Math.floor(random() * 36).toString(36);
  return name === null ? letters : `${name}-${letters}`;
}
