import { describe, expect, test } from 'vitest';
import { ListenError, listen, TcpServerStp } from '../../src/index.js';
import {
  connectReasonOf,
  detailOf,
  listenReasonOf,
  lossReasonOf,
} from '../../src/transport/network-errors.js';

/** An error as Node makes it. */
function systemError(code: string, message = `connect ${code} 127.0.0.1:17017`): Error {
  return Object.assign(new Error(message), { code });
}

test('an address of IPv6 has its brackets, also where Node leaves them out', () => {
  const refused = (address: string): Error =>
    Object.assign(systemError('ECONNREFUSED', `connect ECONNREFUSED ${address}:80`), { address, port: 80 });
  expect(detailOf(refused('::1'))).toBe('connect ECONNREFUSED [::1]:80');
  expect(detailOf(refused('127.0.0.1'))).toBe('connect ECONNREFUSED 127.0.0.1:80');
  const unreachable = Object.assign(new Error('connect ENETUNREACH ::2:80 - Local (:::0)'), {
    address: '::2',
    port: 80,
  });
  expect(detailOf(unreachable)).toBe('connect ENETUNREACH [::2]:80');
  const both = new AggregateError([refused('::1'), refused('127.0.0.1')]);
  expect(detailOf(both)).toBe('connect ECONNREFUSED [::1]:80; connect ECONNREFUSED 127.0.0.1:80');
});

describe('a server that cannot listen', () => {
  test('is rejected with address-in-use, the address and what the system said', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const error = await listen({ port: server.port }, () => {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({
      code: 'ERR_LISTEN',
      reason: 'address-in-use',
      address: `127.0.0.1:${server.port}`,
      cause: { code: 'EADDRINUSE' },
    });
    expect(String(error)).toContain(`Could not listen on 127.0.0.1:${server.port}: listen EADDRINUSE`);
  });

  test('is rejected with address-not-available for an address of another machine', async () => {
    const error = await listen({ host: '192.0.2.1', port: 0 }, () => {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'address-not-available', address: '192.0.2.1:0' });
  });

  test('says so as a transport as well', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const transport = new TcpServerStp({ port: server.port });
    await expect(transport.listening()).rejects.toMatchObject({ reason: 'address-in-use' });
    await transport.close();
  });
});

describe('what the system says', () => {
  test.each([
    ['ECONNREFUSED', 'connection-refused', 'network-error', 'listen-failed'],
    ['ENOTFOUND', 'name-not-found', 'network-error', 'address-not-available'],
    ['EAI_AGAIN', 'name-not-found', 'network-error', 'listen-failed'],
    ['EHOSTUNREACH', 'host-unreachable', 'host-unreachable', 'listen-failed'],
    ['ENETUNREACH', 'host-unreachable', 'host-unreachable', 'listen-failed'],
    ['ETIMEDOUT', 'connect-timeout', 'peer-silent', 'listen-failed'],
    ['ECONNRESET', 'connect-failed', 'connection-reset', 'listen-failed'],
    ['EPIPE', 'connect-failed', 'connection-reset', 'listen-failed'],
    ['EADDRINUSE', 'connect-failed', 'network-error', 'address-in-use'],
    ['EADDRNOTAVAIL', 'connect-failed', 'network-error', 'address-not-available'],
    ['EACCES', 'connect-failed', 'network-error', 'permission-denied'],
    ['EWHATEVER', 'connect-failed', 'network-error', 'listen-failed'],
  ])('%s is %s when connecting, %s of a link, %s when listening', (code, connecting, link, listening) => {
    const error = systemError(code);
    expect([connectReasonOf(error), lossReasonOf(error), listenReasonOf(error)]).toEqual([
      connecting,
      link,
      listening,
    ]);
  });

  test('without a code is a failure of its own kind', () => {
    expect(connectReasonOf(new Error('?'))).toBe('connect-failed');
    expect(lossReasonOf(new Error('?'))).toBe('network-error');
  });

  test('of each address of a name is one reason and one line, without repetitions', () => {
    const [first, second] = [
      systemError('ECONNREFUSED', 'no at ::1'),
      systemError('EWHATEVER', 'no at 127.0.0.1'),
    ];
    const error = new AggregateError([first, second, first]);
    expect(connectReasonOf(error)).toBe('connection-refused');
    expect(detailOf(error)).toBe('no at ::1; no at 127.0.0.1');
    expect(detailOf(systemError('EWHATEVER', ''))).toBe('Error');
  });
});
