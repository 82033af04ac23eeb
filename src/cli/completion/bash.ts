/** Writes the completion script of bash; it works in bash 3.2 (macOS), and without the package bash-completion. */

import type { Completable, CompletableProgram, Values } from './completable.js';

/**
 * Writes the script.
 *
 * @param program the program whose command lines are completed
 */
export function bashScript({ name, options, commands }: CompletableProgram): string {
  const names = commands.map((command) => command.name);
  const top = { name: '', description: '', options, positions: [{ name: 'command', values: names }] };
  const places = [top, ...commands];
  const complete = `_${name.replaceAll('-', '_')}`;
  return `${complete}() {
  local IFS=$' \\t\\n' words=() word glue= i
  # bash splits at : and = as well, so put HOST:PORT and --option=value together again
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ \${#words[@]} -gt 0 && ( -n $glue || $word =~ ^[:=]+$ ) ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    glue=
    if [[ $word =~ ^[:=]+$ ]]; then glue=yes; fi
  done

  COMPREPLY=()
  # the words before the cursor say what comes there: the value of an option, or an argument of a command
  local current=\${words[\${#words[@]} - 1]} command= option= position=0
  for ((i = 0; i < \${#words[@]} - 1; i++)); do
    word=\${words[i]}
    if [[ -n $option ]]; then
      option=
      continue
    fi
    case $word in
      '>'* | '<'* | '&>'* | [0-9]'>'*) option=file ;;
      -*) case "$command $word" in ${placesWithValue(places)}) option=$word ;; esac ;;
      *) if [[ -z $command ]]; then command=$word; else position=$((position + 1)); fi ;;
    esac
  done
  case "$option $current" in
    ' --'*=*)
      option=\${current%%=*}
      current=\${current#*=}
      ;;
    ' -'*) option=options ;;
  esac

  local values=
  case "$command \${option:-$position}" in
    *' file') return ;;
${casesOf(places)}  esac
  # only these, no files
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$values" -- "$current"))
}
complete -o default -F ${complete} ${name}
`;
}

/** A pattern of the options that take a value. */
function placesWithValue(places: readonly Completable[]): string {
  return places
    .flatMap(({ name, options }) =>
      options.flatMap(({ flag, value }) => (value === null ? [] : [`'${name} ${flag}'`])),
    )
    .join(' | ');
}

/** What comes where: the key is a command and an option, `options`, or the number of an argument. */
function casesOf(places: readonly Completable[]): string {
  return places
    .flatMap(({ name, options, positions }) => [
      ...caseOf(
        `${name} options`,
        options.map(({ flag }) => flag),
      ),
      ...options.flatMap(({ flag, value }) =>
        value === null ? [] : caseOf(`${name} ${flag}`, value.values),
      ),
      ...positions.flatMap(({ values }, index) => caseOf(`${name} ${index}`, values)),
    ])
    .map((line) => `    ${line}\n`)
    .join('');
}

/** Offers words; if the script returns none, bash completes files by itself. */
function caseOf(place: string, values: Values): string[] {
  if (values === 'unknown') return [];
  return [values === 'files' ? `'${place}') return ;;` : `'${place}') values='${values.join(' ')}' ;;`];
}
