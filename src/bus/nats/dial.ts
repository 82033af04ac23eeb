/** Connects to a server of NATS, and says what is wrong where that fails. */

import { connect as connectSocket, type Socket } from 'node:net';
import { connect, credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node';
import { onAbort } from '../../base/signals.js';
import { messageOfThrown } from '../../base/thrown.js';
import { type Link, NatsLink } from './link.js';
import type { NatsSettings } from './option-table.js';
import type { ServerAddress } from './servers.js';

/** What became of an attempt to connect. */
export type DialOutcome =
  | { readonly link: Link }
  | {
      readonly link: null;
      /** What went wrong, with the address, and what to do. */
      readonly fault: string;
      /** Whether it would go wrong again. */
      readonly isFinal: boolean;
      /** The server is there, and does not take the credentials. */
      readonly isUnauthorized?: boolean;
    };

/** Connects to one server. Never rejects. */
export type Dial = (
  server: ServerAddress,
  settings: NatsSettings,
  signal: AbortSignal,
) => Promise<DialOutcome>;

/** Asks the server whether it is there this often without an answer, and then gives it up. */
const MAX_UNANSWERED_PINGS = 2;

/** Connects with the client library. */
export const dialNats: Dial = async (server, settings, signal) => {
  try {
    await knock(server, settings, signal);
    const client = await connect(clientOptions(server, settings));
    const link = new NatsLink(client, server.address);
    if (signal.aborted) {
      await link.close();
      return refusal(server, 'given up', false);
    }
    if (client.info?.headers === true) return { link };
    await link.close();
    return refusal(server, 'the server knows no headers; it needs NATS 2.2 or later', true);
  } catch (error) {
    return faultOf(server, error);
  }
};

function clientOptions(server: ServerAddress, settings: NatsSettings): NodeConnectionOptions {
  const { name, user = server.user, pass = server.pass, token, creds, authenticator, tls } = settings;
  const options: NodeConnectionOptions = {
    servers: [server.address],
    // a bus comes back by itself, with a client of its own for each connection
    reconnect: false,
    timeout: settings.connectTimeoutMs,
    pingInterval: settings.pingIntervalMs,
    maxPingOut: MAX_UNANSWERED_PINGS,
    noAsyncTraces: true,
  };
  if (name !== null) options.name = name;
  if (user !== undefined) options.user = user;
  if (pass !== undefined) options.pass = pass;
  if (token !== undefined) options.token = token;
  if (creds !== undefined) options.authenticator = credsAuthenticator(creds);
  if (authenticator !== undefined)
    options.authenticator = authenticator as NonNullable<NodeConnectionOptions['authenticator']>;
  if (tls === false) {
    options.tls = null;
  } else if (server.isTls || tls !== undefined) {
    const named = server.servername === undefined ? {} : { servername: server.servername };
    options.tls = { ...named, ...tls } as NonNullable<NodeConnectionOptions['tls']>;
  }
  return options;
}

/** What answers is no server of NATS. */
class NoServerError extends Error {}

/** The longest beginning of what a stranger says that an error shows. */
const MAX_SHOWN = 60;

/**
 * Checks that a server of NATS answers. The client library would wait for the first line of a silent server on a socket that it
 * never closes, and its error about any other server is unreadable.
 */
async function knock(server: ServerAddress, settings: NatsSettings, signal: AbortSignal): Promise<void> {
  const socket = connectSocket({ host: server.host, port: server.port });
  const stop = onAbort(signal, () => socket.destroy(new Error('given up')));
  const timer = settings.clock.setTimeout(
    () => socket.destroy(new NoServerError(`nothing within ${settings.connectTimeoutMs} ms`)),
    settings.connectTimeoutMs,
  );
  try {
    if (signal.aborted) throw new Error('given up');
    const { tls } = settings;
    await greeted(socket, tls !== false && tls?.handshakeFirst === true);
  } finally {
    settings.clock.clearTimeout(timer);
    stop();
    socket.destroy();
  }
}

/** Resolves with the first line of a server, or, where TLS comes before it, when the connection is open. */
function greeted(socket: Socket, isTlsFirst: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new NoServerError(heard === '' ? 'nothing' : shown(heard))));
    if (isTlsFirst) socket.on('connect', resolve);
    socket.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
      if (/^INFO\s/i.test(heard)) resolve();
      else if (heard.length >= 5) reject(new NoServerError(shown(heard)));
    });
  });
}

function shown(text: string): string {
  const [line = ''] = text.split(/[\r\n]/);
  return JSON.stringify(line.slice(0, MAX_SHOWN));
}

function refusal(
  { address }: ServerAddress,
  what: string,
  isFinal: boolean,
): DialOutcome & { readonly link: null } {
  return { link: null, fault: `Could not connect to ${address}: ${what}`, isFinal };
}

function faultOf(server: ServerAddress, error: unknown): DialOutcome {
  const { name = '', code = '' } = error as { name?: string; code?: string };
  const text = messageOfThrown(error);
  if (error instanceof NoServerError)
    return refusal(
      server,
      `no NATS server is there, for it said ${text} in place of INFO (host, port?)`,
      isSpoken(text),
    );
  if (name === 'AuthorizationError' || name === 'UserAuthenticationExpiredError')
    return {
      ...refusal(server, `the server refuses the credentials: ${text} (user and pass, token, creds?)`, true),
      isUnauthorized: true,
    };
  if (code === 'ECONNREFUSED')
    return refusal(server, 'connection refused (is a NATS server running there?)', false);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return refusal(server, 'there is no host of this name', false);
  if (/support 'tls'|certificate|self.signed|ssl|tls/i.test(text))
    return refusal(server, `TLS: ${text} (tls)`, true);
  return refusal(server, text, false);
}

/** One that said nothing may be a server that is stuck. */
function isSpoken(text: string): boolean {
  return text.startsWith('"');
}
