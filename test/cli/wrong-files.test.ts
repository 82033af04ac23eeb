/** A wrong file is exit code 2, whatever names it: one that is missing, a folder, not readable, or not what is expected. */

import { chmodSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCommand, wholeProgram } from '../support/command.js';
import { thermostatIn } from '../support/contract-file.js';
import { TestFolder } from '../support/folder.js';
import { RECORDING_HEADER, recordedRead } from '../support/recording.js';

const { commands } = await wholeProgram();
const folder = new TestFolder();
mkdirSync(folder.at('a-folder'));
const junk = folder.file('junk', 'junk\nin two lines\n');
const locked = folder.file('locked', '');
chmodSync(locked, 0);
const contract = thermostatIn(folder);
const recording = folder.file('recording', RECORDING_HEADER + recordedRead(1, 'one'));
const pem = (name: string): string =>
  fileURLToPath(new URL(`../support/certificates/${name}`, import.meta.url));
const [CERTIFICATE, KEY] = [pem('server.pem'), pem('server.key')];
const isRoot = process.getuid?.() === 0;

const PEER = ['127.0.0.1:1'];
/** What is typed for an argument that a command needs. */
const TYPED: Readonly<Record<string, string>> = { address: '127.0.0.1:1', recording, 'service-id': '10' };
/** What a command needs besides. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  request: ['0'],
  serve: ['--port', '0'],
  gateway: ['--port', '0', '--nats', 'nats://127.0.0.1:1'],
  devices: ['--nats', 'nats://127.0.0.1:1'],
};

/** The words that a command needs, so that only a file is wrong. */
function neededBy(name: string): readonly string[] {
  const all = commands.find((command) => command.name() === name)?.registeredArguments ?? [];
  const needed = all.filter((argument) => argument.required || argument.name() === 'address');
  return [...needed.map((argument) => TYPED[argument.name()] ?? '0'), ...(BESIDES[name] ?? [])];
}

/** What makes an option count. */
const WITH: Readonly<Record<string, readonly string[]>> = {
  '--ca': ['--tls', '--cert', CERTIFICATE, '--key', KEY],
  '--cert': ['--tls', '--key', KEY],
  '--key': ['--tls', '--cert', CERTIFICATE],
  '--client-ca': ['--tls', '--plain', 'device', '--cert', CERTIFICATE, '--key', KEY],
  '--nats-cert': ['--nats-key', KEY],
  '--nats-key': ['--nats-cert', CERTIFICATE],
  '--secret-file': ['--tls-psk'],
};
/** Files that are written have no wrong content. */
const WRITTEN: ReadonlySet<string> = new Set([
  '--record',
  '--record-failures',
  '--tls-keylog',
  '--names',
  '--junit',
]);

const readers = commands.flatMap((command) =>
  command.options.flatMap(({ long, flags, hidden }) => {
    const isFile = / <(?:file|recording)>/.test(flags) && !hidden && long !== undefined && !WRITTEN.has(long);
    return isFile ? [[command.name(), long] as const] : [];
  }),
);

/** The words of a command that reads a file, as far as they are needed. */
function wordsOf(name: string, option: string, file: string): readonly string[] {
  const isNats = option.startsWith('--nats-') && !['gateway', 'devices'].includes(name);
  const needed = (option === '--replay' ? [] : neededBy(name)).map((word) =>
    isNats && word === PEER[0] ? 'nats://127.0.0.1:1/x' : word,
  );
  const besides = option === '--answers' ? ['--contract', contract] : (WITH[option] ?? []);
  return [name, ...needed, option, file, ...besides];
}

describe('a file that is read', () => {
  test('is named by many options', () => {
    expect(readers.length).toBeGreaterThan(30);
  });

  test.each(readers)('%s %s', async (name, option) => {
    const files = [folder.at('nowhere'), folder.at('junk/deeper'), folder.at('a-folder'), junk, '/dev/null'];
    for (const file of isRoot ? files : [...files, locked]) {
      const { code, out, err } = await runCommand(wordsOf(name, option, file));
      expect([file, code, out]).toEqual([file, 2, '']);
      expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
      // what is no recording is not named, as there is no other
      if (option !== '--replay') expect(err).toContain(JSON.stringify(file));
    }
  });

  test.each([
    ['decode', []],
    ['replay', []],
    ['describe', []],
    ['write', ['127.0.0.1:1', '0', '@']],
  ])('argument of %s', async (name, before) => {
    for (const file of [folder.at('nowhere'), folder.at('a-folder'), junk]) {
      const words = before.length === 0 ? [file] : [...before.slice(0, -1), `@${file}`];
      const { code, out } = await runCommand([name, ...words]);
      expect([file, code, out]).toEqual([file, 2, '']);
    }
  });
});

describe('a file that is written', () => {
  test.each([
    ['proxy', '--record'],
    ['inspect', '--record'],
    ['read', '--tls-keylog'],
    ['read', '--record-failures'],
    ['serve', '--record-failures'],
  ])('%s %s', async (name, option) => {
    const places =
      option === '--record-failures' ? [junk, ''] : [folder.at('nowhere/deeper'), folder.at('a-folder')];
    for (const place of places) {
      const words = [name, ...neededBy(name), option, place];
      const { code, out, err } = await runCommand(option === '--tls-keylog' ? [...words, '--tls'] : words);
      expect([place, code, out]).toEqual([place, 2, '']);
      expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
    }
  });
});

test('a table is not read without end', async () => {
  const { code, err } = await runCommand(['share', '0', ...PEER, '--rights', '/dev/zero']);
  expect([code, err]).toEqual([2, 'socket-protocol: "/dev/zero" has more than 16777216 bytes\n']);
});
