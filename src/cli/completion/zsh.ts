/** The completion script of zsh; it may be sourced, or put into a folder of `fpath` as a file. */

import type { Completable, CompletableOption, CompletableProgram, CompletableValue } from './completion.js';

/**
 * Writes the script.
 *
 * @param program what is completed
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
# as a file of fpath this is the function itself, and asked at once
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

/** What zsh calls a value, and how it completes it; a space: not at all. */
function describedValue({ name, values }: CompletableValue): string {
  if (values === 'files') return `${name}:_files`;
  return `${name}:${values === 'unknown' ? ' ' : `(${values.join(' ')})`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
