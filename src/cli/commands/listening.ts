/** What commands that listen have in common: where they listen, and how they say so. */

import type { Command } from 'commander';
import { addressOf } from '../../transport/address.js';
import { DEFAULT_PORT, parseListeningPort } from '../arguments.js';
import type { Io } from '../io.js';
import { print } from '../output.js';

/** Where a command listens: the address unless another is given. */
export const DEFAULT_HOST = '127.0.0.1';

/** The options of {@link withListenOptions}. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/**
 * Adds `--port` and `--host`.
 *
 * @param command the command
 * @param when what stands before their help, if they only count in some cases
 * @returns the same command
 */
export function withListenOptions(command: Command, when = ''): Command {
  return command
    .option(
      '--port <port>',
      `${when}the port to listen on; 0: any free port`,
      parseListeningPort,
      DEFAULT_PORT,
    )
    .option('--host <host>', `${when}the address to listen on`, DEFAULT_HOST);
}

/**
 * Prints where a server listens.
 *
 * @param target where it passes everything on to, if it does
 */
export function printListening(
  io: Io,
  isJson: boolean,
  { host, port }: ListenOptions,
  target?: ListenOptions,
): void {
  const listening = addressOf(host, port);
  if (target === undefined) return print(io, isJson, { listening }, `listening on ${listening}`);
  const upstream = addressOf(target.host, target.port);
  print(io, isJson, { listening, target: upstream }, `listening on ${listening}, forwarding to ${upstream}`);
}
