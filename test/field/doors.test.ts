/** The files of `dist`: the doors of the package share what they have in common, and lead to the sources. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { killAll, Program } from './support/program.js';

afterEach(killAll);

const PACKAGE = join(inject('fieldFolder'), 'node_modules/socket-protocol');
const DIST = join(PACKAGE, 'dist');
const builtFiles = readdirSync(DIST, { recursive: true, encoding: 'utf8' });

describe('the doors of the package', () => {
  test('share their classes, their errors and their machines', async () => {
    const program = new Program('doors.mjs');
    expect(await program.next('errors')).toMatchObject({ wire: true, main: true, inspector: true });
    expect(await program.next('shared')).toMatchObject({ session: true, hub: true, machine: true });
    expect(await program.next('stacks')).toMatchObject({ isTimeOut: true });
    await program.ended();
    expect(program.err).toBe('');
  });

  test('show the lines of the sources in a stack, where source maps are on', async () => {
    const program = new Program('doors.mjs', { prefix: ['env', 'NODE_OPTIONS=--enable-source-maps'] });
    const { timeOut, refusal } = await program.next('stacks');
    await program.ended();
    expect(timeOut).toContain('doors.mjs');
    const [, path = '', line = 0] = /\((.*\/src\/base\/.*\.ts):(\d+):\d+\)/.exec(String(refusal)) ?? [];
    expect(path.startsWith(PACKAGE), String(refusal)).toBe(true);
    expect(readFileSync(path, 'utf8').split('\n')[Number(line) - 1]).toContain('OptionError');
    expect(`${timeOut}${refusal}`).not.toContain(DIST);
  });
});

describe('the main entry', () => {
  /** The files of the package that a file loads, itself included. */
  function loadedBy(file: string, found = new Set<string>()): Set<string> {
    if (found.has(file)) return found;
    found.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) .*"(\.[^"]*)";$/gm)) {
      loadedBy(resolve(dirname(file), path), found);
    }
    return found;
  }
  const loaded = [...loadedBy(join(DIST, 'src/index.js'))];

  test('is a few files', () => {
    expect(loaded.map((file) => file.slice(DIST.length)).sort()).toEqual([
      '/src/index.js',
      '/src/library.js',
      '/src/machines.js',
      '/src/wire.js',
    ]);
  });

  test('has nothing of the command line and of the inspector, and no schemas', () => {
    for (const file of loaded)
      expect(readFileSync(file, 'utf8')).not.toMatch(/from "(valibot|commander|node:http)"/);
  });
});

test('each file of code is one that this Node understands', () => {
  for (const path of builtFiles.filter((each) => each.endsWith('.js'))) {
    execFileSync(process.execPath, ['--check', join(DIST, path)]);
  }
});

test('each source map leads to sources that the package ships', () => {
  const maps = builtFiles.filter((path) => path.endsWith('.js.map') && !path.endsWith('/helpers.js.map'));
  expect(maps.length).toBeGreaterThan(10);
  for (const path of maps) {
    const { sources } = JSON.parse(readFileSync(join(DIST, path), 'utf8')) as { sources: string[] };
    expect(sources.length).toBeGreaterThan(0);
    const missing = sources.filter((source) => !existsSync(resolve(DIST, dirname(path), source)));
    expect(missing, path).toEqual([]);
  }
});

test('each file of code that is joined from others has a source map', () => {
  const code = builtFiles.filter((path) => /^(src|machines)\/.*\.js$/.test(path));
  const withoutAny = code.filter((path) => !builtFiles.includes(`${path}.map`));
  // nothing but names of what others have, what stands in for syntax, and packages whose sources are not shipped
  const namesOnly = /^(?:(?:import|export) \{[^}]*\}(?: from "[^"]+")?;\s*)+$/;
  const withCode = withoutAny.filter((path) => !namesOnly.test(readFileSync(join(DIST, path), 'utf8')));
  expect(withCode.sort()).toEqual(['src/cli/commander.js', 'src/cli/helpers.js', 'src/cli/valibot.js']);
});
