/** Writes the completion script of zsh, to be sourced or put into a folder of `fpath`. */

import type { Completable, CompletableOption, CompletableProgram, CompletableValue } from './completable.js';

/**
 * Writes the script.
 *
 * @param program the program whose command lines are completed
 */
export function zshScript({ name, options, commands }: CompletableProgram): string {
  const described = commands.map((command) => quoted(`${command.name}:${command.description}`));
  return `#compdef ${name}
_${name}() {
  local curcontext=$curcontext context state state_descr line
  typeset -A opt_args
  local -a commands=(
${described.map((each) => `    ${each}\n`).join('')}  )
  _arguments -C \\
${options.map((option) => `    ${specOf(option)} \\\n`).join('')}    '1: :->command' '*:: :->arguments' && return
  case $state in
    command) _describe command commands ;;
    arguments)
      case $words[1] in
${commands.map(caseOf).join('')}      esac
      ;;
  esac
}
# as a file of fpath this is the body of the function, so call it at once
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function caseOf({ name, options, positions }: Completable): string {
  const specs = [
    ...options.map(specOf),
    ...positions.map((value, index) => quoted(`${index + 1}:${describedValue(value)}`)),
  ];
  return `        ${name}) _arguments${specs.map((each) => ` \\\n          ${each}`).join('')} ;;\n`;
}

function specOf({ flag, description, value }: CompletableOption): string {
  const text = `[${description.replace(/[[\]:\\]/g, '\\$&')}]`;
  return quoted(value === null ? `${flag}${text}` : `${flag}=${text}:${describedValue(value)}`);
}

/** The name of a value for zsh, and how to complete it; a space: not at all. */
function describedValue({ name, values }: CompletableValue): string {
  if (values === 'files') return `${name}:_files`;
  return `${name}:${values === 'unknown' ? ' ' : `(${values.join(' ')})`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
