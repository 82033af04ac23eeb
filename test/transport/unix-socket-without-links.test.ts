/** A Unix socket on a file system without links. */

import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { connect, listen } from '../../src/index.js';

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  linkSync: () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  },
}));

test('gets its path in another way, and what is there is still left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unix-'));
  const path = join(folder, 'device.sock');
  const server = await listen({ path }, (session) => session.onRead(0, () => 'hello'));
  expect([readdirSync(folder), lstatSync(path).mode & 0o777]).toEqual([['device.sock'], 0o600]);
  const session = await connect({ path });
  expect(await session.read(0)).toBe('hello');
  await session.close();
  await expect(listen({ path }, () => {})).rejects.toMatchObject({ reason: 'address-in-use' });
  await server.close();
  writeFileSync(path, 'precious');
  await expect(listen({ path }, () => {})).rejects.toMatchObject({ reason: 'not-a-socket' });
  expect(readdirSync(folder)).toEqual(['device.sock']);
  rmSync(folder, { recursive: true });
});
