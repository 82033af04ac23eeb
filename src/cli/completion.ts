/** Completion scripts for shells, made from what the program understands: none can forget an option. */

import type { Command } from 'commander';

/** The shells for which there is one. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

interface Completable {
  readonly name: string;
  readonly description: string;
  readonly options: readonly {
    readonly flag: string;
    readonly description: string;
    readonly takesValue: boolean;
  }[];
}

function completables(program: Command): Completable[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options.map((option) => ({
      flag: option.long ?? option.flags,
      description: option.description,
      takesValue: option.required || option.optional,
    })),
  }));
}

/**
 * The script of a shell.
 *
 * @param shell which shell
 * @param program what is completed
 */
export function completionScript(shell: (typeof SHELLS)[number], program: Command): string {
  const name = program.name();
  const commands = completables(program);
  switch (shell) {
    case 'bash':
      return bashScript(name, commands);
    case 'zsh':
      return zshScript(name, commands);
    case 'fish':
      return fishScript(name, commands);
  }
}

const flagsOf = ({ options }: Completable): string => options.map(({ flag }) => flag).join(' ');
const functionName = (name: string): string => `_${name.replaceAll('-', '_')}`;

function bashScript(name: string, commands: readonly Completable[]): string {
  const cases = commands.map(
    (command) => `    ${command.name}) COMPREPLY=($(compgen -W "${flagsOf(command)}" -- "$current")) ;;`,
  );
  return `${functionName(name)}() {
  local current=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map((command) => command.name).join(' ')}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F ${functionName(name)} ${name}
`;
}

function zshScript(name: string, commands: readonly Completable[]): string {
  const cases = commands.map((command) => `    ${command.name}) compadd -- ${flagsOf(command)} ;;`);
  return `#compdef ${name}
${functionName(name)}() {
  if (( CURRENT == 2 )); then
    compadd -- ${commands.map((command) => command.name).join(' ')}
    return
  fi
  case $words[2] in
${cases.join('\n')}
  esac
  _files
}
compdef ${functionName(name)} ${name}
`;
}

function fishScript(name: string, commands: readonly Completable[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return commands
    .flatMap((command) => [
      `complete -c ${name} -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.description)}`,
      ...command.options.map(
        ({ flag, description, takesValue }) =>
          `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}' -l ${flag.replace(/^--/, '')}${takesValue ? ' -r' : ''} -d ${quoted(description)}`,
      ),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
