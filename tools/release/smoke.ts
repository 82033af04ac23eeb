/** Installs a tarball as its users do, and runs it under what they have: runtimes, compilers, bundlers, test runners. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A project of a user. */
interface Project {
  readonly name: string;
  /** What npm installs beside the package. */
  readonly packages: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Run one after the other with `npx`, or, where the first word is `node`, with the version of Node that is tried. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** The version of Node; that which runs this unless given. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How one of them went. */
interface Outcome {
  readonly name: string;
  /** null: it works. */
  readonly fault: string | null;
}

/** What every project does: a server and a client, a request, and each door of the package opened. */
const BODY = `
const server = await listen({ port: 0, secret: 'correct horse battery staple' }, (session) => {
  session.onRead(0, () => ({ celsius: 21.5 }));
});
const session = await connect({ port: server.port, secret: 'correct horse battery staple' });
const { celsius } = await session.read(0);
await session.close();
await server.close();
const inspector = await openInspector();
const page = await (await fetch(inspector.url)).text();
await inspector.close();
if (celsius !== 21.5) throw new Error('wrong answer');
if (!page.includes('<title>socket-protocol')) throw new Error('no page of the debugger');
for (const door of [gateway, share, sessionMachine, encodeStp]) if (!door) throw new Error('a door is shut');
console.log('works');
`;

const DOORS: readonly (readonly [names: string, door: string])[] = [
  ['connect, listen', 'socket-protocol'],
  ['openInspector', 'socket-protocol/inspector'],
  ['gateway', 'socket-protocol/gateway'],
  ['share', 'socket-protocol/share'],
  ['sessionMachine', 'socket-protocol/machines'],
  ['encodeStp', 'socket-protocol/wire'],
];
const lines = (line: (names: string, door: string) => string): string =>
  DOORS.map(([names, door]) => line(names, door)).join('\n');

const IMPORTED = `${lines((names, door) => `import { ${names} } from '${door}';`)}\n${BODY}`;
const REQUIRED = `${lines((names, door) => `const { ${names} } = require('${door}');`)}
(async () => {${BODY}})();\n`;
const DYNAMIC = lines((names, door) => `const { ${names} } = await import('${door}');`);
const TYPED = `interface Reading {\n  celsius: number;\n}\n${IMPORTED.replace('session.read(', 'session.read<Reading>(')}`;

const NODES = ['20', '22', '24'];
const COMPILERS = ['5.4', '5.9', '6.0', '7.0'];

const compilerOptions = (isOld: boolean): object => ({
  strict: true,
  noEmit: true,
  target: 'es2022',
  module: 'nodenext',
  // the newest types of Node are not for compilers that are older than two years; those of this package are
  skipLibCheck: isOld,
});

const PROJECTS: readonly Project[] = [
  ...NODES.flatMap((node): Project[] => [
    {
      name: `Node ${node}, import`,
      packages: [],
      files: { 'program.mjs': IMPORTED },
      commands: [['node', 'program.mjs']],
      node,
    },
    {
      name: `Node ${node}, require`,
      packages: [],
      files: { 'program.cjs': REQUIRED },
      commands: [['node', '--no-warnings', 'program.cjs']],
      node,
    },
  ]),
  ...COMPILERS.map(
    (version): Project => ({
      name: `TypeScript ${version}`,
      packages: [`typescript@${version}`],
      files: {
        'program.mts': TYPED,
        'tsconfig.json': JSON.stringify({
          compilerOptions: compilerOptions(version === '5.4'),
          files: ['program.mts'],
        }),
      },
      commands: [['tsc'], ['tsc', '--noEmit', 'false'], ['node', 'program.mjs']],
    }),
  ),
  {
    name: 'esbuild',
    packages: ['esbuild'],
    files: { 'program.mjs': IMPORTED },
    commands: [
      [
        'esbuild',
        'program.mjs',
        '--bundle',
        '--platform=node',
        '--format=esm',
        '--outfile=bundle.mjs',
        '--log-level=warning',
      ],
      ['node', 'bundle.mjs'],
    ],
  },
  {
    name: 'vite',
    packages: ['vite'],
    files: { 'program.mjs': IMPORTED },
    commands: [
      ['vite', 'build', '--ssr', 'program.mjs', '--outDir', 'built', '--logLevel', 'warn'],
      ['node', 'built/program.mjs'],
    ],
  },
  {
    name: 'vitest',
    packages: ['vitest'],
    files: {
      'a.test.mjs': `import { test } from 'vitest';\ntest('works', async () => {\n${DYNAMIC}\n${BODY}\n});\n`,
    },
    commands: [['vitest', 'run']],
  },
  {
    name: 'Jest, CommonJS',
    packages: ['jest'],
    files: { 'a.test.js': `test('works', async () => {\n${DYNAMIC}\n${BODY}\n});\n` },
    commands: [['jest']],
    env: { NODE_OPTIONS: '--experimental-vm-modules' },
  },
  {
    name: 'Bun',
    packages: ['bun'],
    files: { 'program.mjs': IMPORTED },
    commands: [['bun', 'program.mjs']],
  },
  {
    name: 'Deno',
    packages: ['deno'],
    files: { 'program.mjs': IMPORTED },
    commands: [['deno', 'run', '--allow-all', '--node-modules-dir=manual', 'program.mjs']],
  },
];

/**
 * Tries a tarball in each project.
 *
 * @param tarball the file that `npm pack` made
 * @param wanted a part of the names of the projects to try; all unless given
 * @param report is called after each
 */
export function smoke(tarball: string, wanted: string, report: (outcome: Outcome) => void): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-smoke-'));
  try {
    const projects = PROJECTS.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
    return projects.map((project, index) => {
      const fault = attempt(project, join(folder, String(index)), resolve(tarball));
      const outcome = { name: project.name, fault };
      report(outcome);
      return outcome;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function attempt(project: Project, folder: string, tarball: string): string | null {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  for (const [file, text] of Object.entries(project.files)) writeFileSync(join(folder, file), text);
  const install = ['npm', 'install', '--no-audit', '--no-fund', '--silent', tarball, ...project.packages];
  const runs = project.commands.map((command) => {
    if (command[0] !== 'node') return ['npx', '--no-install', ...command];
    return project.node === undefined
      ? command
      : ['npx', '--yes', `node@${project.node}`, ...command.slice(1)];
  });
  for (const [program = '', ...argv] of [install, ...runs]) {
    const env = { ...process.env, ...(program === 'npm' ? {} : project.env) };
    const { status, stdout, stderr } = spawnSync(program, argv, {
      cwd: folder,
      encoding: 'utf8',
      env,
      timeout: 180_000,
    });
    if (status !== 0)
      return `${[program, ...argv].join(' ')}: ${`${stdout}${stderr}`.trim().slice(0, 1_000)}`;
  }
  return null;
}
