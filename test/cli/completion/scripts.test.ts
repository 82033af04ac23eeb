import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCommand, wholeProgram } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';

const [hasZsh, hasFish] = ['zsh', 'fish'].map((shell) => {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  if (!isThere) console.warn(`no ${shell} on this machine, so its completion is not tested`);
  return isThere;
});

const folder = new TestFolder();
for (const name of ['device.jsonl', 'secret.txt', 'ca.pem', 'thermostat.mjs']) folder.file(name, '');
const elsewhere = new TestFolder();

async function scriptOf(shell: string): Promise<string> {
  const { code, out, err } = await runCommand(['completion', shell]);
  expect([code, err]).toEqual([0, '']);
  return out;
}

const { commands } = await wholeProgram();

/** Lines that end where Tab is pressed, and what a shell offers there. */
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['re', ['read', 'request', 'replay']],
  ['--v', ['--version']],
  ['proxy --re', ['--record']],
  ['replay --as ', ['server', 'client']],
  ['replay --as=c', ['client']],
  ['replay device.jsonl --timeout 5 --as s', ['server']],
  ['completion ', ['bash', 'zsh', 'fish']],
  ['read ', []],
  ['read 127.0.0.1:17017 ', []],
  ['read 127.0.0.1:17', []],
  ['read --timeout ', []],
  ['serve --port ', []],
  ['decode d', ['device.jsonl']],
  ['replay --speed 2 d', ['device.jsonl']],
  ['read 127.0.0.1:17017 0 --secret-file s', ['secret.txt']],
  ['inspect --replay d', ['device.jsonl']],
  ['decode --json > d', ['device.jsonl']],
  ['read --tl', ['--tls', '--tls-psk', '--tls-keylog']],
  ['read 127.0.0.1:17017 0 --tls --ca c', ['ca.pem']],
  ['serve --tls --cert c', ['ca.pem']],
  ['serve --unix t', ['thermostat.mjs']],
  ['proxy --plain ', ['clients', 'server']],
  ['read --contract t', ['thermostat.mjs']],
  ['describe t', ['thermostat.mjs']],
  ['describe --format ', ['json-schema', 'asyncapi']],
  ['read --servername ', []],
];

describe('the completion of bash', () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptOf('bash');
  });

  /** Calls the script as bash does, and completes files if the script leaves that to bash. */
  const BASH = `
    PATH= # no program can start
    compopt() { if [[ $* == '+o default' ]]; then files=; fi }
    eval "$SCRIPT"; eval "$SCRIPT"
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); files=yes
    _socket_protocol
    if [[ \${#COMPREPLY[@]} -eq 0 && -n $files ]]; then
      while read -r each; do COMPREPLY+=("$each"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    fi
    for each in "\${COMPREPLY[@]}"; do printf '%s\\n' "$each"; done`;

  function complete(line: string): string[] {
    // bash splits lines like this
    const words = line.split(/\s+|(?=[:=])|(?<=[:=])/);
    const { stdout, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-uc', BASH, 'bash', 'socket-protocol', ...words],
      { encoding: 'utf8', cwd: folder.path, env: { SCRIPT: script } },
    );
    expect(stderr).toBe('');
    return stdout.split('\n').slice(0, -1);
  }

  test.each(CASES)('of "%s" offers %j', (line, offered) => {
    expect(complete(line).sort()).toEqual([...offered].sort());
  });

  test('knows every command, and every option of each', () => {
    expect(complete('')).toEqual(commands.map((command) => command.name()));
    for (const command of commands) {
      const options = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
      expect(complete(`${command.name()} --`), command.name()).toEqual([...options, '--help']);
    }
  });

  test('runs nothing of what has been typed, and writes to no file', () => {
    const marker = folder.at('marker');
    const precious = folder.file('precious', 'precious');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is for the shell
    for (const typed of [`$(>${marker})`, '`>marker`', '${x:=$(>marker)}', '; >marker', '> precious']) {
      complete(`decode ${typed} `);
      complete(typed);
    }
    expect([existsSync(marker), readFileSync(precious, 'utf8')]).toEqual([false, 'precious']);
  });
});

describe.skipIf(!hasFish)('the completion of fish', () => {
  test.each(CASES)('of "%s" offers %j', async (line, offered) => {
    const script = await scriptOf('fish');
    const out = execFileSync('fish', ['-c', 'eval $SCRIPT; complete -C "socket-protocol $LINE"'], {
      encoding: 'utf8',
      cwd: folder.path,
      env: { ...process.env, SCRIPT: script.replaceAll('\n', '; '), LINE: line },
    });
    const found = out.split('\n').slice(0, -1);
    // fish adds a value to an option, and a description to everything
    expect(found.map((each) => each.replace(/\t.*/, '').replace(/^--\w+=/, '')).sort()).toEqual(
      [...offered].sort(),
    );
  });
});

describe.skipIf(!hasZsh)('the completion of zsh', () => {
  /** Runs zsh in a terminal of its own, which prints each offered word between two marks. */
  const ZSH = `
    zmodload zsh/zpty
    zpty inner zsh -f -i
    zpty -w inner 'PROMPT=; source $INNER'
    while zpty -r inner line; do [[ $line == *ready* ]] && break; done
    zpty -n -w inner "socket-protocol $LINE"$'\\t'
    while zpty -r inner line; do
      [[ $line == *'<end>'* ]] && break
      [[ $line == *'<'*'>'* ]] && print -r -- $line
    done`;
  const INNER = `
    autoload -U compinit; compinit -C -d $INNER.dump
    compadd() {
      # words that the caller stores for itself are not offered yet
      if [[ $* == *-[OAD]\\ * ]]; then builtin compadd "$@"; return; fi
      local -a offered
      builtin compadd -O offered "$@"
      print -rl -- '' '<'$^offered'>'
      builtin compadd "$@"
    }
    ended() { print -r -- '<end>'; exit }
    comppostfuncs=(ended)
    eval $SCRIPT
    print ready`;

  test.each(CASES)('of "%s" offers %j', async (line, offered) => {
    const inner = elsewhere.file('inner.zsh', INNER);
    const out = execFileSync('zsh', ['-f', '-c', ZSH], {
      encoding: 'utf8',
      cwd: folder.path,
      env: { ...process.env, SCRIPT: await scriptOf('zsh'), INNER: inner, LINE: line },
      timeout: 10_000,
    });
    const found = [...out.matchAll(/<([^<>]+)>/g)].map((match) => match[1] ?? '');
    expect([...new Set(found)].sort()).toEqual([...offered].sort());
  });
});
