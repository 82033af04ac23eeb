/** What goes wrong becomes one line and an exit code. */

import { CommanderError } from 'commander';
import {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  ListenError,
  OptionError,
  StatusError,
  TimeoutError,
} from '../protocol/errors.js';
import { UsageError } from './arguments.js';
import { EXIT, type Io, OUTPUT_CLOSED } from './io.js';

/**
 * Says what went wrong, in one line on standard error, and what to exit with.
 *
 * @param error what was thrown
 * @param io where it is said; an interruption needs no words
 * @returns the exit code
 */
export function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.okay : EXIT.usage;
  if (io.interrupted.aborted) return io.interrupted.reason === OUTPUT_CLOSED ? EXIT.okay : EXIT.interrupted;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  // only the caret of a usage error needs lines of its own
  io.stderr(`socket-protocol: ${code === EXIT.usage ? text : oneLine(text)}\n`);
  if (code === undefined && io.env['SOCKET_PROTOCOL_DEBUG'] && error instanceof Error)
    io.stderr(`${error.stack}\n`);
  return code ?? EXIT.status;
}

function codeOf(error: unknown): number | undefined {
  if (error instanceof UsageError || error instanceof OptionError) return EXIT.usage;
  if (error instanceof StatusError) return EXIT.status;
  if (error instanceof AuthenticationError) return EXIT.authentication;
  if (error instanceof TimeoutError) return EXIT.timeout;
  if (error instanceof ConnectError || error instanceof ListenError || error instanceof ConnectionLostError) {
    return EXIT.noConnection;
  }
  return undefined;
}

/** A text without line breaks. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
