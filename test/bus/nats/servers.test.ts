import { describe, expect, test } from 'vitest';
import { natsSettings } from '../../../src/bus/nats/option-table.js';
import { Servers, serverAddress } from '../../../src/bus/nats/servers.js';
import { OptionError } from '../../../src/index.js';

const read = (text: unknown): ReturnType<typeof serverAddress> => serverAddress(text, 'servers');

describe('the address of a server', () => {
  test.each([
    ['here', 'here:4222', 'here', 4222, false],
    ['here:4333', 'here:4333', 'here', 4333, false],
    ['nats://10.0.0.5', '10.0.0.5:4222', '10.0.0.5', 4222, false],
    ['tls://nats.example.org:443', 'nats.example.org:443', 'nats.example.org', 443, true],
    ['nats://[::1]:4333', '[::1]:4333', '::1', 4333, false],
    ['[::1]', '[::1]:4222', '::1', 4222, false],
  ])('is read from %s', (text, address, host, port, isTls) => {
    expect(read(text)).toMatchObject({ address, host, port, isTls, user: undefined, pass: undefined });
  });

  test('may have a user and a password, which are no part of what people see', () => {
    const server = read('nats://me:p%40ss%@here');
    expect(server).toMatchObject({ address: 'here:4222', user: 'me', pass: 'p%40ss%' });
    expect(read('nats://me:p%40ss@here')).toMatchObject({ user: 'me', pass: 'p@ss' });
    expect(new Servers([server], Math.random).text).toBe('here:4222');
  });

  test.each([
    ['http://here'],
    ['nats://here/path'],
    ['here:99999'],
    [''],
    [7],
    ['nats://:1'],
    [null],
  ])('is refused where it is %j, without showing it', (text) => {
    expect(() => read(text)).toThrow(OptionError);
    try {
      read(text);
    } catch (error) {
      expect((error as Error).message).not.toContain('path');
    }
  });
});

describe('the servers', () => {
  const numbers = [0.9, 0.1, 0.5];
  function servers(...given: string[]): Servers {
    let at = 0;
    return new Servers(given.map(read), () => numbers[at++ % numbers.length] ?? 0);
  }
  const names = (round: readonly { address: string }[]): string[] => round.map(({ address }) => address);

  test('are tried in an order of chance, and the one that was lost at the end', () => {
    const all = servers('a:1', 'b:2', 'c:3', 'd:4');
    expect(names(all.round(null)).sort()).toEqual(['a:1', 'b:2', 'c:3', 'd:4']);
    expect(names(servers('a:1', 'b:2', 'c:3').round(null))).toEqual(['b:2', 'c:3', 'a:1']);
    expect(names(servers('a:1', 'b:2', 'c:3').round('b:2'))).toEqual(['c:3', 'a:1', 'b:2']);
    expect(names(servers('a:1').others('a:1'))).toEqual([]);
  });

  test('are those of the options and those that are there by the last word of the cluster', () => {
    const all = servers('a:1');
    all.learn(['a:1', 'b:2', 'c:3'], read('a:1'));
    expect(names(all.round('a:1')).sort()).toEqual(['a:1', 'b:2', 'c:3']);
    all.learn(['c:3'], read('a:1'));
    expect(names(all.round('a:1')).sort()).toEqual(['a:1', 'c:3']);
  });

  test('are not those that call themselves what nobody can read', () => {
    const all = servers('a:1');
    all.learn(['[fe80::1%eth0]:4222', '', 'b:2', 'c:99999'], read('a:1'));
    expect(names(all.others('a:1'))).toEqual(['b:2']);
  });

  test('that were found have the credentials of who told of them, and its name where they have none', () => {
    const all = servers('tls://me:secret@nats.example.org');
    const [teller] = all.round(null);
    if (teller === undefined) throw new Error('there is none');
    all.learn(['10.0.0.6:4222', 'other.example.org:4222'], teller);
    const found = Object.fromEntries(all.others(teller.address).map((each) => [each.host, each]));
    expect(found['10.0.0.6']).toMatchObject({
      isTls: true,
      user: 'me',
      pass: 'secret',
      servername: 'nats.example.org',
    });
    expect(found['other.example.org']).toMatchObject({ isTls: true, servername: undefined });
  });
});

describe('options of a bus on NATS', () => {
  test('are complete where nothing is given', () => {
    expect(natsSettings({})).toMatchObject({
      servers: [{ address: '127.0.0.1:4222' }],
      pingIntervalMs: 10_000,
      waitsForServer: false,
      inboxPrefix: '_INBOX',
    });
  });

  test.each([
    [{ servers: [] }, 'servers'],
    [{ servers: ['ok', 'http://no'] }, 'servers'],
    [{ server: 'here' }, 'server'],
    [{ tls: { caa: '' } }, 'tls.caa'],
    [{ tls: { ca: 7 } }, 'tls.ca'],
    [{ tls: { rejectUnauthorized: 'no' } }, 'tls.rejectUnauthorized'],
    [{ tls: true }, 'tls'],
    [{ creds: 'file.creds' }, 'creds'],
    [{ token: 7 }, 'token'],
    [{ authenticator: {} }, 'authenticator'],
    [{ inboxPrefix: 'a b' }, 'inboxPrefix'],
    [{ inboxPrefix: 'a.*' }, 'inboxPrefix'],
    [{ pingInterval: 0 }, 'pingInterval'],
    [{ maxHeldBytes: -1 }, 'maxHeldBytes'],
  ])('%j are refused by the name of what is wrong', (options, option) => {
    expect(() => natsSettings(options as never)).toThrow(expect.objectContaining({ option }));
  });

  test('never show what may be a secret', () => {
    for (const options of [
      { token: 7_654_321 },
      { creds: 'topsecret' },
      { servers: 'ftp://topsecret@here' },
    ]) {
      try {
        natsSettings(options as never);
      } catch (error) {
        expect(String(error)).not.toMatch(/7654321|topsecret/);
      }
    }
  });
});
