/** What commands that log have in common: from which level on. */

import { type Command, Option } from 'commander';
import { LOG_LEVEL_NAMES, type Logger, type LogLevelName } from '../session/journal/logging.js';
import type { SessionOptions } from '../session/options.js';
import { choiceParser } from './arguments.js';

/** The options of {@link withLogLevel}. */
export interface LogLevelOptions {
  readonly logLevel?: LogLevelName;
}

/**
 * Adds `--log-level`.
 *
 * @param command the command
 * @param help what it does
 * @returns the same command
 */
export function withLogLevel(command: Command, help: string): Command {
  return command.addOption(
    new Option('--log-level <level>', help).choices(LOG_LEVEL_NAMES).argParser(choiceParser(LOG_LEVEL_NAMES)),
  );
}

/**
 * The options of a session that logs as its command was told to: `--log-level` says what, `--verbose` alone everything.
 *
 * @param logger where the lines go
 */
export function loggingOptions(
  { logLevel, verbose }: LogLevelOptions & { readonly verbose?: true },
  logger: () => Logger,
): Pick<SessionOptions, 'logger' | 'logLevel'> {
  const level = logLevel ?? (verbose === true ? 'debug' : undefined);
  return level === undefined ? {} : { logger: logger(), logLevel: level };
}
