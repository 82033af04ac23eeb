import { expect, test } from 'vitest';
import { listen } from '../../src/index.js';
import { runCommand } from '../support/command.js';
import { TestFolder } from '../support/folder.js';

const SECRET = 'correct horse battery staple';
const folder = new TestFolder();

/** A file with a secret, named after its content. */
function secretFile(content: string): string {
  return folder.file(`secret-${Buffer.from(content).toString('hex')}`, content);
}

test('the secret comes from a file or from the environment', async () => {
  await using server = await listen({ port: 0, secret: SECRET }, (session) => session.onRead(0, () => 1));
  const argv = ['read', `127.0.0.1:${server.port}`, '0'];
  const fromFile = await runCommand([...argv, '--secret-file', secretFile(`${SECRET}\n`)]);
  const fromVariable = await runCommand(argv, { env: { SOCKET_PROTOCOL_SECRET: SECRET } });
  const fine = { code: 0, out: '1\n', err: '' };
  expect([fromFile, fromVariable]).toEqual([fine, fine]);
});

test('the file wins over the environment', async () => {
  await using server = await listen({ port: 0, secret: SECRET }, (session) => session.onRead(0, () => 1));
  const argv = ['read', `127.0.0.1:${server.port}`, '0', '--secret-file', secretFile(SECRET)];
  expect((await runCommand(argv, { env: { SOCKET_PROTOCOL_SECRET: 'another' } })).code).toBe(0);
});

test('a secret file loses one newline at its end, of either kind, and nothing else', async () => {
  await using server = await listen({ port: 0, secret: ' a\n' }, (session) => session.onRead(0, () => 1));
  const codeWith = async (content: string): Promise<number> => {
    const argv = ['read', `127.0.0.1:${server.port}`, '0', '--secret-file', secretFile(content)];
    return (await runCommand(argv)).code;
  };
  const codes = [
    await codeWith(' a\n\n'),
    await codeWith(' a\n\r\n'),
    await codeWith(' a\n'),
    await codeWith('a\n\n'),
  ];
  expect(codes).toEqual([0, 0, 4, 4]);
});

test.each([
  [['--secret-file', secretFile('\n')], {}, /^The secret file ".+" is empty$/],
  [['--secret-file', secretFile('')], {}, /^The secret file ".+" is empty$/],
  [['--secret-file', folder.at('missing')], {}, /^Could not read ".+missing": no such file or directory$/],
  [['--secret-file', folder.path], {}, /^Could not read ".+": illegal operation on a directory$/],
  [[], { SOCKET_PROTOCOL_SECRET: '' }, /^SOCKET_PROTOCOL_SECRET is empty; unset it to use no secret$/],
])('%j with %j does not pass for no secret', async (flags, env, message) => {
  const { code, out, err } = await runCommand(['serve', '--port', '0', ...flags], { env });
  expect([code, out]).toEqual([2, '']);
  expect(err.slice('socket-protocol: '.length, -1)).toMatch(message);
});

test('--verbose never logs the secret, a seed or a key', async () => {
  await using server = await listen({ port: 0, secret: SECRET }, (session) => session.onRead(0, () => 1));
  const argv = ['read', `127.0.0.1:${server.port}`, '0', '--verbose'];
  const { err } = await runCommand(argv, { env: { SOCKET_PROTOCOL_SECRET: SECRET } });
  expect(err).toContain('data_id: key');
  expect(err).not.toContain(SECRET);
  expect(err).not.toMatch(/[0-9a-f]{64}/);
});
