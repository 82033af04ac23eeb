/** What the commands have in common: options, and examples in their help. */

import type { Command } from 'commander';
import { parseChannel, parseTimeout } from '../arguments.js';

/**
 * Adds the options that every command takes which talks to a peer.
 *
 * @param command the command
 * @returns the same command
 */
export function common(command: Command): Command {
  return command
    .option('--secret-file <file>', 'the file that holds the shared secret')
    .option('--channel <name>', 'the name of the channel in logs', parseChannel)
    .option(
      '--timeout <ms>',
      'how long to wait for the connection, and then for the answer, in milliseconds',
      parseTimeout,
      5_000,
    )
    .option('--struct', 'speak struct_json, for old peers')
    .option('--json', 'print lines of JSON, for programs')
    .option('--verbose', 'log to standard error, with the bytes of each message');
}

/**
 * The part of a help that shows how a command is called.
 *
 * @param lines the arguments, without the name of the program
 */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ socket-protocol ${line}`).join('\n')}`;
}
