import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Address,
  isAddress,
  parseAddress,
  parseHost,
  parseListeningAddress,
  parseSocketPath,
  textOfAddress,
} from '../../src/cli/address.js';
import { addressOf, peerAddressOf } from '../../src/transport/address.js';
import { textOfPath } from '../../src/transport/unix-path.js';
import { runCommand, wholeProgram } from '../support/command.js';

const { commands } = await wholeProgram();

describe('an address', () => {
  test.each<[string, Address]>([
    ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
    ['127.0.0.1', { host: '127.0.0.1', port: 17017 }],
    ['device', { host: 'device', port: 17017 }],
    ['device-3.example.com:80', { host: 'device-3.example.com', port: 80 }],
    ['my_device.', { host: 'my_device.', port: 17017 }],
    ['gerät:1', { host: 'gerät', port: 1 }],
    ['[::1]', { host: '::1', port: 17017 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['::1', { host: '::1', port: 17017 }],
    ['::1:17017', { host: '::1', port: 17017 }],
    ['fe80::1%eth0.100', { host: 'fe80::1%eth0.100', port: 17017 }],
    ['fe80::1%br_lan-2:80', { host: 'fe80::1%br_lan-2', port: 80 }],
    ['[fe80::1%eth0.100]', { host: 'fe80::1%eth0.100', port: 17017 }],
    ['[fe80::1%eth0.100]:80', { host: 'fe80::1%eth0.100', port: 80 }],
    ['::ffff:10.0.0.5', { host: '::ffff:10.0.0.5', port: 17017 }],
    ['::ffff:10.0.0.5:80', { host: '::ffff:10.0.0.5', port: 80 }],
    ['[::ffff:10.0.0.5]:80', { host: '::ffff:10.0.0.5', port: 80 }],
    ['1:2:3:4:5:6:7:8:80', { host: '1:2:3:4:5:6:7:8', port: 80 }],
    ['unix:/run/device.sock', { path: '/run/device.sock' }],
    ['unix:device.sock', { path: './device.sock' }],
    ['/run/a b:1.sock', { path: '/run/a b:1.sock' }],
    ['./device.sock', { path: './device.sock' }],
    ['../device.sock', { path: '../device.sock' }],
    ['\\\\.\\pipe\\device', { path: '\\\\.\\pipe\\device' }],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseListeningAddress(text, '127.0.0.1')).toEqual(address);
  });

  test.each([
    ['', 'Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got ""'],
    ['device:', 'Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got "device:"'],
    ['device:x', 'Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got "device:x"'],
    ['http://device', 'Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got "http://device"'],
    ['user@device', 'Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got "user@device"'],
    ['[device]:1', 'Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got "[device]:1"'],
    ['{"on":true}', 'Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got "{\\"on\\":true}"'],
    ['17017', 'Expected an address such as HOST:PORT, got "17017"'],
    ['device:0', 'Expected a port from 1 to 65535, got "0"'],
    ['device:65536', 'Expected a port from 1 to 65535, got "65536"'],
    ['::1:80', '"::1:80" may end with a port or not; write [::1]:80 or [::1:80]'],
    ['unix:', 'The path of the Unix socket is empty'],
    [
      'nats://127.0.0.1/pump',
      'A device on NATS has no connection of its own: read, write, execute, request, shell, watch and bench ask it; expected HOST:PORT',
    ],
  ])('is refused with a sentence: %j', (text, sentence) => {
    expect(() => parseAddress(text)).toThrow(sentence);
  });

  test('to listen on may be a port alone, or port 0', () => {
    expect(parseListeningAddress('17018', '::1')).toEqual({ host: '::1', port: 17018 });
    expect(parseListeningAddress('0', '127.0.0.1')).toEqual({ host: '127.0.0.1', port: 0 });
    expect(parseListeningAddress('[::]:0', '127.0.0.1')).toEqual({ host: '::', port: 0 });
    expect([parseHost('[::1]'), parseHost('::1:80'), parseHost('0.0.0.0')]).toEqual([
      '::1',
      '::1:80',
      '0.0.0.0',
    ]);
    expect(() => parseHost('0.0.0.0:80')).toThrow('--host takes no port, got "0.0.0.0:80"; --port 80 does');
    expect(() => parseHost('a b')).toThrow('Expected a host name or an IP address, got "a b"');
  });

  test('is told apart from what else may stand in its place', () => {
    for (const text of ['a:1', '::1', '[::1]', '10.0.0.5', 'unix:x', '/x', 'nats://a/b', '::1:80'])
      expect([text, isAddress(text)]).toEqual([text, true]);
    for (const text of ['0', 'time', 'sensor.temperature', '1.5', '{"a":1}', '-', '@file', '"a:1"'])
      expect([text, isAddress(text)]).toEqual([text, false]);
  });
});

const word = fc.stringMatching(/^[a-z0-9_][a-z0-9._-]{0,20}$/).filter((text) => !/^\d+$/.test(text));
const zone = fc.stringMatching(/^[\w.-]{1,15}$/);
const ip6 = fc.oneof(
  fc.ipV6(),
  fc.ipV4().map((text) => `::ffff:${text}`),
);
const host = fc.oneof(
  word,
  fc.ipV4(),
  ip6,
  fc.tuple(ip6, zone).map(([ip, name]) => `${ip}%${name}`),
);
const path = fc.string({ minLength: 1 }).map((text) => parseSocketPath(`unix:${text}`));
const address: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) }),
  fc.record({ path }),
);

describe('any address', () => {
  test('that is printed is read as the same', () => {
    fc.assert(
      fc.property(address, (each) => {
        expect(parseAddress(textOfAddress(each))).toEqual(each);
        expect(parseListeningAddress(textOfAddress(each), '127.0.0.1')).toEqual(each);
        expect(isAddress(textOfAddress(each))).toBe(true);
      }),
    );
  });

  test('that the library prints, in events, logs and errors, is read as the same', () => {
    fc.assert(
      fc.property(address, (each) => {
        const text = 'path' in each ? textOfPath(each.path) : addressOf(each.host, each.port);
        expect(parseAddress(text)).toEqual(each);
      }),
    );
    fc.assert(
      fc.property(ip6, fc.integer({ min: 1, max: 65_535 }), (remoteAddress, remotePort) => {
        const printed = peerAddressOf({ remoteAddress, remotePort } as never) ?? '';
        expect(parseAddress(printed)).toEqual({
          host: remoteAddress.replace(/^::ffff:(?=[\d.]+$)/, ''),
          port: remotePort,
        });
      }),
    );
  });

  test('as Node writes it in errors is read as the same, or the two that it may be are named', () => {
    fc.assert(
      fc.property(ip6, fc.integer({ min: 1, max: 65_535 }), (ip, port) => {
        try {
          expect(parseAddress(`${ip}:${port}`)).toEqual({ host: ip, port });
        } catch (error) {
          expect(String(error)).toContain(`[${ip}]:${port}`);
        }
      }),
    );
  });
});

describe('every command that has an address', () => {
  const named = commands.filter((command) =>
    command.registeredArguments.some((argument) => argument.name() === 'address'),
  );

  test.each(named.map((command) => command.name()))('%s reads it with the same reader', async (name) => {
    const all = named.find((each) => each.name() === name)?.registeredArguments ?? [];
    const needed = all.filter((argument) => argument.required || argument.name() === 'address');
    const argv = [name, ...needed.map((argument) => (argument.name() === 'address' ? '::1:80' : '0'))];
    const { code, err } = await runCommand(argv);
    expect([code, err]).toEqual([
      2,
      'socket-protocol: "::1:80" may end with a port or not; write [::1]:80 or [::1:80]\n',
    ]);
  });

  test.each([
    [['serve', '--connect', '::1:80']],
    [['replay', 'x', '--as', 'client', '--to', '::1:80']],
    [['share', '::1:80', 'a:1']],
    [['proxy', '::1:80', 'a:1']],
  ])('%j as well', async (argv) => {
    expect((await runCommand(argv)).err).toContain('may end with a port or not');
  });
});
