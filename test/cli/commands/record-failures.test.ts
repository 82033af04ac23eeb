import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listen } from '../../../src/index.js';
import { runCommand, startListening, wholeProgram } from '../../support/command.js';
import { thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';

// loaded before the first test, because it takes a while
await wholeProgram();

const folder = new TestFolder();

/** The recordings in a folder, once there is one. */
async function recordingIn(path: string): Promise<string> {
  for (;;) {
    const [name] = existsSync(path) ? readdirSync(path).filter((each) => each.endsWith('.jsonl')) : [];
    if (name !== undefined) return `${path}/${name}`;
    await new Promise(setImmediate);
  }
}

test('--record-failures of a command that connects writes what decode reads', async () => {
  const server = await listen({ port: 0, secret: 'the secret of the server' }, () => {});
  const records = folder.at('client');
  const secretFile = folder.file('secret.txt', 'another secret than theirs\n');
  const address = `127.0.0.1:${server.port}`;
  const argv = ['read', address, '0', '--secret-file', secretFile, '--record-failures', records];
  const { code } = await runCommand(argv);
  expect(code).toBe(4);
  const decoded = await runCommand(['decode', await recordingIn(records)]);
  expect([decoded.code, decoded.out]).toEqual([0, expect.stringContaining('authentification request')]);
  expect(decoded.out).not.toContain('another secret');
  await server.close();
});

test('--record-failures of a server writes what its sessions failed at, and nothing where they did not', async () => {
  const records = folder.at('server');
  const contract = ['--contract', thermostatIn(folder)];
  const argv = ['serve', '--port', '0', '--record-failures', records, ...contract];
  const { running, address } = await startListening(argv);
  expect((await runCommand(['read', address, 'time', ...contract])).code).toBe(0);
  expect(existsSync(records)).toBe(false);
  // its schema refuses it, so the callback fails
  expect((await runCommand(['write', address, '7', '{"brightness": 5}'])).code).toBe(1);
  const { code, out } = await runCommand(['decode', await recordingIn(records), ...contract]);
  expect([code, out]).toEqual([0, expect.stringContaining('write data request, data_id: led')]);
  await running.interrupt();
});
