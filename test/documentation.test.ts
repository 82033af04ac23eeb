import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(`${ROOT}${folder}`)) return [];
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');
const sources = [...filesBelow('src', '.ts'), ...filesBelow('machines', '.ts')];

interface Example {
  readonly path: string;
  /** The line of the file that the code starts in. */
  readonly line: number;
  readonly code: string;
}

/** The blocks marked as TypeScript: in doc comments, and in Markdown. */
function examplesIn(path: string): Example[] {
  const text = path.endsWith('.ts') ? read(path).replace(/^[ \t]*\* ?/gm, '') : read(path);
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length + 1,
    code: match[1] ?? '',
  }));
}

/** The rows of tables whose last column, or else the first, is a piece of TypeScript, compiled after the first block of the page. */
function rowsIn(path: string): Example[] {
  const [prelude] = examplesIn(path);
  return read(path)
    .split('\n')
    .flatMap((line, i) => {
      const [, first = '', second = ''] = /^\| (.+?) \| (.+?) \|$/.exec(line) ?? [];
      const code = [second, first]
        .map((cell) => /^`([^`]+)`$/.exec(cell)?.[1])
        .find((each) => each !== undefined);
      if (code === undefined) return [];
      const lines = `${prelude?.code}\n${code};`;
      return [{ path, line: i + 1 - (lines.split('\n').length - 1), code: lines }];
    });
}

/** What the compiler says about the examples, each complaint under the file and line that the example stands in. */
function complaintsAbout(examples: readonly Example[]): string {
  const folder = `${ROOT}node_modules/.cache/examples`; // inside the project: its packages and types are found
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [i, { code }] of examples.entries()) writeFileSync(`${folder}/${i}.ts`, `${code}\nexport {};\n`);
  const options = {
    rootDir: '../../..',
    noUnusedLocals: false,
    skipLibCheck: true,
    typeRoots: ['../../@types'],
  };
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions: options, include: ['*.ts'] }),
  );
  const tsc = [`${ROOT}node_modules/typescript/bin/tsc`, '-p', folder, '--pretty', 'false'];
  const { stdout, stderr, status } = spawnSync(process.execPath, tsc, { encoding: 'utf8', cwd: ROOT });
  const complaints = (stdout + stderr).replace(
    /^\S*\/(\d+)\.ts\((\d+),\d+\)/gm,
    (whole, i: string, line: string) => {
      const example = examples[Number(i)];
      return example ? `${example.path}:${example.line + Number(line) - 1}` : whole;
    },
  );
  return status === 0 ? complaints : `${complaints}\nthe compiler ended with ${status}`;
}

/** What Node 20 cannot read of an example as it stands: types, and `using`, which Node has from version 24 on. */
function unreadableAsJavaScript(examples: readonly Example[]): string[] {
  const input = JSON.stringify(examples.map(({ code }) => code));
  const program = `
    import { SourceTextModule } from 'node:vm';
    const complaints = JSON.parse(process.argv[1]).map((code) => {
      try { new SourceTextModule(code); return null; } catch (error) { return error.message; }
    });
    console.log(JSON.stringify(complaints));`;
  const flags = ['--no-warnings', '--experimental-vm-modules', '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, input], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  const complaints = JSON.parse(stdout) as (string | null)[];
  return examples.flatMap(({ path, line, code }, i) => {
    const complaint = /^\s*(?:await )?using /m.test(code) ? 'using' : complaints[i];
    return complaint === null ? [] : [`${path}:${line}: ${complaint}`];
  });
}

interface Declaration {
  /** `file name`, to find it again. */
  readonly origin: string;
  readonly name: string;
  readonly kind: string;
  /** The doc comments: one, or one for each overload; empty where there is none. */
  readonly doc: string;
}

/** What a door exports, each where it is declared. */
function exportsOf(door: string): Declaration[] {
  return [...read(door).matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, list = '', target = '']) => {
      const path = join(dirname(door), target).replace(/\.js$/, '.ts');
      const names = list.split(',').map((name) => name.trim().replace(/^type |\s+as .*$/g, ''));
      return names.filter(Boolean).map((name) => declarationOf(path, name));
    },
  );
}

function declarationOf(path: string, name: string): Declaration {
  const pattern = `(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?^export (?:abstract |declare |async )*(class|function|const|interface|type) ${name}\\b`;
  const found = [...read(path).matchAll(new RegExp(pattern, 'gm'))];
  const doc = found.map((match) => match[1] ?? '').join('');
  return { origin: `${path} ${name}`, name, kind: found[0]?.[2] ?? 'not found', doc };
}

/** The names in the documentation of the original. */
const DOCUMENTED_NAMES = [
  ...['AUTH_STATE_KEY_TRANSFERRED', 'AUTH_STATE_SEED_REQUESTED', 'AUTH_STATE__NAMES'],
  ...['DID_AUTH_KEY', 'DID_AUTH_SEED', 'DID_CHANNEL_NAME', 'RequestSidExistsError', 'ResponseSidExistsError'],
  ...['AUTH', 'CHANNEL_NAME', 'EXECUTE', 'READ', 'WRITE'].flatMap((name) => [
    `SID_${name}_REQUEST`,
    `SID_${name}_RESPONSE`,
  ]),
  ...['AUTH_REQUIRED', 'CALLBACK_ERROR', 'CHECKSUM_ERROR', 'LOG_LVL', 'OKAY', 'OPERATION_NOT_PERMITTED'].map(
    (name) => `STATUS_${name}`,
  ),
  ...['data_storage', 'get_data', 'get_data_id', 'get_service_id', 'get_status'],
  ...[
    'pure_json_protocol',
    'struct_json_protocol',
    'tcp_client_stp',
    'tcp_server_stp',
    'stdoutLoggingConfigure',
  ],
  ...['add_data', 'add_msg_to_auth_whitelist_', 'add_service', 'add_status', 'authentificate'],
  ...['check_authentification_state', 'connection_established', 'is_connected', 'receive', 'reconnect'],
  ...['register_callback', 'send', 'IS_CLIENT', 'init_channel_name'],
  ...['register_connect_callback', 'register_disconnect_callback'],
];

const DOORS = ['src/index.ts', 'src/wire/index.ts', 'machines/index.ts'];

/** Classes and functions that need no example of their own: what they are for shows in the example of another. */
const WITHOUT_EXAMPLE = new Set([
  // caught, not called
  'SocketProtocolError',
  'AuthenticationError',
  'ConnectError',
  'ConnectionLostError',
  'ListenError',
  'RequestSidExistsError',
  'ResponseSidExistsError',
  'SessionClosedError',
  'TimeoutError',
  'TooManyRequestsError',
  // made by createMemoryPair
  'MemoryComm',
  // the parts that encodeStp and createStructJson are made of
  'maxEncodedLength',
  'writeStp',
  'xorOf',
]);

describe('the documentation', () => {
  test('has only examples that compile', { timeout: 60_000 }, () => {
    const examples = [...sources, 'README.md', ...filesBelow('docs', '.md')].flatMap(examplesIn);
    expect(examples.length).toBeGreaterThan(15);
    expect(complaintsAbout(examples)).toBe('');
  });

  test('for people who come from Python has only rows that compile', { timeout: 60_000 }, () => {
    const rows = rowsIn('docs/from-python.md');
    expect(rows.length).toBeGreaterThan(65);
    expect(complaintsAbout(rows)).toBe('');
  });

  test('for people who come from Python names all that the original documents', () => {
    const page = read('docs/from-python.md');
    const missing = DOCUMENTED_NAMES.filter((name) => !new RegExp(`\\b${name}\\b`).test(page));
    expect(missing).toEqual([]);
  });

  test('FC-30 has only examples that Node 20 runs without a compiler', () => {
    const examples = [...sources, 'README.md', ...filesBelow('docs', '.md')].flatMap(examplesIn);
    // what is the reader's own, of which only the type is there
    const paste = examples.filter(({ code }) => !code.includes('declare const'));
    expect(paste.length).toBeGreaterThanOrEqual(examples.length - 3);
    expect(unreadableAsJavaScript(paste)).toEqual([]);
  });

  test('has no example that the compiler does not get to see', () => {
    const unseen = sources.filter((path) => {
      const examples = read(path).match(/@example\b/g)?.length ?? 0;
      const fenced = read(path).match(/@example\b[^\n]*\n[ \t]*\* ```ts\n/g)?.length ?? 0;
      return examples !== fenced;
    });
    expect(unseen).toEqual([]);
  });

  describe.each(DOORS)('of %s', (door) => {
    const declarations = exportsOf(door);

    test('says something about each export', () => {
      expect(declarations.length).toBeGreaterThan(4);
      expect(declarations.filter(({ doc }) => doc === '').map(({ origin }) => origin)).toEqual([]);
    });

    test('shows how to use each class and function', () => {
      const silent = declarations.filter(
        ({ name, kind, doc }) =>
          (kind === 'class' || kind === 'function') &&
          !doc.includes('@example') &&
          !WITHOUT_EXAMPLE.has(name),
      );
      expect(silent.map(({ origin }) => origin)).toEqual([]);
    });
  });

  test('excuses nothing from an example that has one or is gone', () => {
    const all = DOORS.flatMap(exportsOf);
    const needless = [...WITHOUT_EXAMPLE].filter(
      (name) => all.find((each) => each.name === name)?.doc.includes('@example') !== false,
    );
    expect(needless).toEqual([]);
  });
});
