/** The examples of the package, as a user takes them out of it: the original's program, and the short form. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectDocumentedLog } from '../support/documented-log.js';
import { notice } from './support/notice.js';
import { freePort } from './support/raw.js';
import { Running } from './support/running.js';

const FOLDER = inject('fieldFolder');
const PACKAGE = join(FOLDER, 'node_modules/socket-protocol');
const COMPILER = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

const running: Running[] = [];
afterEach(() => {
  for (const program of running.splice(0)) program.signal('SIGKILL');
});

function start(argv: readonly string[], node?: string): Running {
  const program = new Running(argv, node);
  running.push(program);
  return program;
}

/** A project of a user, with a copy of the examples. */
function copyExamples(): string {
  const project = mkdtempSync(join(FOLDER, 'examples-'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  cpSync(join(PACKAGE, 'examples'), project, { recursive: true });
  return project;
}

/** Resolves when somebody listens. */
async function untilListening(port: number): Promise<void> {
  const isListening = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = createConnection(port, '127.0.0.1');
      socket.once('error', () => resolve(false));
      socket.once('connect', () => resolve(true)).once('connect', () => socket.destroy());
    });
  while (!(await isListening()));
}

/** Runs the server and the client of the original in a folder; the client must print what is documented, and both must end. */
async function expectOriginal(folder: string): Promise<void> {
  const port = String(await freePort());
  const server = start([join(folder, 'server.js'), port]);
  // a client that is too early warns of it, and tries again
  await server.printed('out', /Initialisation finished/);
  const client = start([join(folder, 'client.js'), port]);
  expect([await client.code, client.err]).toEqual([0, '']);
  expectDocumentedLog(client.out);
  expect([await server.code, server.err]).toEqual([0, '']);
}

/** Runs the short form in a folder. */
async function expectShort(folder: string, ending: 'js' | 'ts', node?: string): Promise<void> {
  const port = await freePort();
  const server = start([join(folder, `short-server.${ending}`), String(port)], node);
  await untilListening(port);
  const client = start([join(folder, `short-client.${ending}`), String(port)], node);
  expect([await client.code, client.err]).toEqual([0, '']);
  expect(client.out).toMatch(/^the time is \w{3} \w{3} \d\d \d{4} /);
  server.signal('SIGTERM');
  await server.code;
  expect([server.out, server.err]).toEqual(['', '']);
}

describe('the examples, copied into a project and compiled under strict', () => {
  let project = '';
  beforeAll(() => {
    project = copyExamples();
    const compilerOptions = { strict: true, target: 'es2022', module: 'nodenext', outDir: 'out' };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const { stdout, status } = spawnSync(process.execPath, [COMPILER, '-p', project], { encoding: 'utf8' });
    expect([stdout, status]).toEqual(['', 0]);
  });

  test('print the log of the documentation, line for line', async () => {
    await expectOriginal(join(project, 'out'));
  });

  test('read the time in the short form', async () => {
    await expectShort(join(project, 'out'), 'js');
  });

  test('are a demonstration', async () => {
    const demo = start([join(project, 'out/demo.js'), String(await freePort())]);
    expect([await demo.code, demo.err]).toEqual([0, '']);
    // the client's lines are between those of the server
    expectDocumentedLog(demo.out.replace(/^.* - (prot|comm)-server: .*\n/gm, ''));
  });
});

describe('the examples, as they are shipped', () => {
  test('print the log of the documentation, line for line', async () => {
    await expectOriginal(join(PACKAGE, 'dist/examples'));
  });

  test('read the time in the short form', async () => {
    await expectShort(join(PACKAGE, 'dist/examples'), 'js');
  });
});

describe('the examples in a Node that strips types', () => {
  const node = nodeThatStrips();
  if (node === null) notice('examples without a compiler', 'no Node 24');

  // the other examples import each other as compiled files
  test.skipIf(node === null)('read the time in the short form, without a compiler', async () => {
    await expectShort(copyExamples(), 'ts', node ?? undefined);
  });
});

/** A Node that runs TypeScript; null: there is none here, and none can be had. */
function nodeThatStrips(): string | null {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const folder = join(FOLDER, 'node-24');
  mkdirSync(folder, { recursive: true });
  const { status, stdout } = spawnSync(
    'npx',
    ['--prefer-offline', '-y', 'node@24', '-p', 'process.execPath'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  return status === 0 ? stdout.trim() : null;
}
