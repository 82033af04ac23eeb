/** The packed package in the projects of users: their compilers, their bundlers. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { notice } from './support/notice.js';
import { programWith } from './support/readme.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = inject('fieldFolder');

const FIRST = programWith('onWrite(7');

test('the command that the package installs starts', () => {
  const command = join(FOLDER, 'node_modules/.bin/socket-protocol');
  expect(execFileSync(command, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+/);
});

test.each([
  ['index', ['crc-32', 'xstate']],
  ['wire/index', ['crc-32']],
  ['inspector/index', ['crc-32', 'xstate']],
  ['gateway/index', ['crc-32', 'xstate']],
  ['share/index', ['crc-32', 'xstate']],
  ['bus/nats/index', ['@nats-io/transport-node', 'crc-32', 'xstate']],
  ['cli/main', ['crc-32', 'xstate']],
])('src/%s loads no package that need not be there', (door, wanted) => {
  const dist = join(FOLDER, 'node_modules/socket-protocol/dist/src');
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\b[^;]*?["']([^"']+)["'];?$/gm,
    )) {
      if (from.startsWith('.')) visit(join(dirname(file), from));
      else if (!from.startsWith('node:')) packages.add(from);
    }
  };
  visit(join(dist, `${door}.js`));
  expect([...packages].sort()).toEqual(wanted);
});

/** Tools of users that this project does not have; they are tried where npm has them. */
const tools = join(FOLDER, 'tools');
const noTools = installTools();
if (noTools !== null) notice('FC-31 FC-32 with TypeScript 5.9 and esbuild', noTools);

/** In a folder of its own: npm would look at the other packages again. Null: they are there. */
function installTools(): string | null {
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'package.json'), JSON.stringify({ private: true }));
  const argv = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  const { status, stderr } = spawnSync('npm', [...argv, 'typescript@5.9', 'esbuild@0.28'], {
    cwd: tools,
    encoding: 'utf8',
  });
  return status === 0 ? null : stderr.trim().slice(0, 200);
}

describe('a new TypeScript project', () => {
  /** What the compiler says about a program in a project without types, as TypeScript 7 makes it. */
  function complaints(compiler: string, options: Readonly<Record<string, unknown>>, code: string): string {
    const project = mkdtempSync(join(FOLDER, 'typescript-'));
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', module: 'nodenext', types: [] };
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'commonjs' }));
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...options }, files: ['program.mts'] }),
    );
    writeFileSync(join(project, 'program.mts'), code);
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' });
    return stdout;
  }

  const EVERYTHING = `${FIRST}
import * as gateway from 'socket-protocol/gateway';
import * as inspector from 'socket-protocol/inspector';
import * as machines from 'socket-protocol/machines';
import * as nats from 'socket-protocol/nats';
import * as share from 'socket-protocol/share';
import * as wire from 'socket-protocol/wire';
console.log(inspector.openInspector, machines.sessionMachine, wire.encodeStp(new Uint8Array()));
console.log(gateway.gateway, nats.natsBus, share.share);
`;
  const newest = join(ROOT, 'node_modules/typescript/bin/tsc');
  const bundler = { module: 'esnext', moduleResolution: 'bundler' };

  test.each([
    ['nodenext', {}, FIRST],
    ['nodenext, and looks at the declarations', { skipLibCheck: false }, FIRST],
    ['bundler, and looks at the declarations', { ...bundler, skipLibCheck: false }, EVERYTHING],
    ['nodenext without the libraries of a browser', { lib: ['es2022'], skipLibCheck: false }, EVERYTHING],
  ])("FC-31 that resolves with %s compiles the README's first program", (_, options, code) => {
    expect(complaints(newest, { skipLibCheck: true, ...options }, code)).toBe('');
  });

  test('FC-31 that the compiler has set up compiles it', () => {
    const project = mkdtempSync(join(FOLDER, 'typescript-'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true }));
    writeFileSync(join(project, 'program.mts'), FIRST);
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, [newest, ...argv], { cwd: project, encoding: 'utf8' });
    run('--init');
    expect(readFileSync(join(project, 'tsconfig.json'), 'utf8')).toContain('"types": []');
    expect(run('--noEmit').stdout).toBe('');
  });

  test.skipIf(noTools !== null)('FC-31 compiles it with TypeScript 5.9 as well', () => {
    const older = join(tools, 'node_modules/typescript/bin/tsc');
    expect(complaints(older, { skipLibCheck: false }, EVERYTHING)).toBe('');
  });

  test('FC-31 that asks for the types of Node itself gets the same ones', () => {
    const code = `
import { EventEmitter, once } from 'node:events';
import { connect, type CommInstance, type Session } from 'socket-protocol';
const session: Session = await connect({ port: 1 });
const emitter: EventEmitter = session;
await once(session, 'closed');
session.on('dropped', ({ reason }) => reason.toUpperCase());
// @ts-expect-error there is no such event
session.on('nonsense', () => {});
export const send = (comm: CommInstance): unknown => comm.send(Buffer.from('x'));
console.log(emitter.listenerCount('closed'));
`;
    expect(complaints(newest, { types: ['node'], skipLibCheck: false }, code)).toBe('');
  });
});

describe('a bundle', () => {
  const source = join(FOLDER, 'bundled.mjs');
  const alone = mkdtempSync(join(tmpdir(), 'socket-protocol-bundle-'));
  afterAll(() => rmSync(alone, { recursive: true, force: true }));

  interface Bundler {
    readonly name: string;
    readonly program: string;
    readonly argvFor: (format: string, file: string) => string[];
  }
  const esbuild: Bundler = {
    name: 'esbuild',
    program: join(tools, 'node_modules/esbuild/bin/esbuild'),
    argvFor: (format, file) => [
      source,
      '--bundle',
      '--minify',
      '--platform=node',
      `--format=${format}`,
      `--outfile=${file}`,
      '--log-level=warning',
    ],
  };
  const rolldown: Bundler = {
    name: 'rolldown',
    program: join(ROOT, 'node_modules/rolldown/bin/cli.mjs'),
    argvFor: (format, file) => [source, '--platform=node', `--format=${format}`, '--file', file],
  };
  const bundle = ({ program, argvFor }: Bundler, format: string, folder: string): string => {
    const file = join(folder, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`);
    execFileSync(process.execPath, [program, ...argvFor(format, file)], { cwd: FOLDER, stdio: 'pipe' });
    return file;
  };
  const run = (file: string) => {
    const { stdout } = spawnSync(process.execPath, [file], { cwd: dirname(file), encoding: 'utf8' });
    return JSON.parse(stdout);
  };
  const works = { answer: 'pong', page: true, chart: true, machine: 'session', frame: 5 };
  const notInstalled = expect.stringContaining('npm i @statelyai/inspect');

  describe.each([esbuild, rolldown])('of $name', (bundler) => {
    const isMissing = !existsSync(bundler.program);
    if (isMissing) notice('FC-32', `no ${bundler.name}`);

    test.skipIf(isMissing).each(['esm', 'cjs'])(
      'FC-32 in the format %s has everything in the project',
      (format) => {
        const folder = mkdtempSync(join(FOLDER, 'bundle-'));
        expect(run(bundle(bundler, format, folder))).toEqual({ ...works, stately: notInstalled });
      },
    );

    test.skipIf(isMissing).each(['esm', 'cjs'])(
      'FC-32 in the format %s says elsewhere what to copy, and works with it',
      (format) => {
        const folder = mkdtempSync(join(alone, 'bundle-'));
        const file = bundle(bundler, format, folder);
        const { failed } = run(file);
        const [, from = '', to = ''] = /copy (\S+) to "([^"]+)"/.exec(failed) ?? [];
        cpSync(join(FOLDER, from), to, { recursive: true });
        expect(run(file)).toEqual({ ...works, stately: notInstalled });
        // and the optional peer
        mkdirSync(join(folder, 'node_modules/@statelyai'), { recursive: true });
        symlinkSync(
          join(ROOT, 'node_modules/@statelyai/inspect'),
          join(folder, 'node_modules/@statelyai/inspect'),
        );
        expect(run(file)).toEqual({ ...works, stately: 'forwarded' });
      },
    );
  });
});
