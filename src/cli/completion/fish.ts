/** Writes the completion script of fish. */

import type { Completable, CompletableOption, CompletableProgram, Values } from './completable.js';

/**
 * Writes the script.
 *
 * @param program the program whose command lines are completed
 */
export function fishScript({ name, options, commands }: CompletableProgram): string {
  const lines = [
    // no files unless something asks for them
    '-f',
    ...options.map((option) => optionOf('__fish_use_subcommand', option)),
    ...commands.flatMap(linesOf),
  ];
  return lines.map((line) => `complete -c ${name} ${line}\n`).join('');
}

function linesOf({ name, description, options, positions }: Completable): string[] {
  const inCommand = `__fish_seen_subcommand_from ${name}`;
  return [
    `-n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...options.map((option) => optionOf(inCommand, option)),
    ...positions.flatMap(({ values }) =>
      values === 'unknown' ? [] : [`-n ${quoted(inCommand)} ${valuesOf(values)}`],
    ),
  ];
}

function optionOf(condition: string, { flag, description, value }: CompletableOption): string {
  const takes = value === null ? '' : ` -r ${valuesOf(value.values)}`;
  return `-n ${quoted(condition)} -l ${flag.replace(/^--/, '')}${takes} -d ${quoted(description)}`;
}

function valuesOf(values: Values): string {
  if (values === 'files') return '-F';
  return values === 'unknown' ? '-f' : `-f -a ${quoted(values.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
