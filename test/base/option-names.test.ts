import { describe, expect, test } from 'vitest';
import { optionsDoor, refuseUnknownOptions } from '../../src/base/option-names.js';

const names = new Set(['timeout', 'channelName', 'port', 'host', 'secret', 'now']);

function messageFor(name: string): string {
  try {
    refuseUnknownOptions({ [name]: 1 }, names, '', 'SomeOptions');
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('an unknown option', () => {
  test.each([
    ['timout', 'timeout'],
    ['timeoutMs', 'timeout'],
    ['time_out', 'timeout'],
    ['TIMEOUT', 'timeout'],
    ['tiemout', 'timeout'],
    ['channel_name', 'channelName'],
    ['channelname', 'channelName'],
    ['channel-name', 'channelName'],
    ['prot', 'port'],
    ['hosts', 'host'],
    ['nwo', 'now'],
  ])('%s probably means %s', (wrong, meant) => {
    expect(messageFor(wrong)).toBe(`There is no option ${wrong}; did you mean ${meant}?`);
  });

  test.each(['retries', 'a', '', 'tls'])('%j is like no other', (wrong) => {
    const hint = 'known options: timeout, channelName, port, host, secret, now';
    expect(messageFor(wrong)).toBe(`There is no option ${wrong}; ${hint}`);
  });

  test('among many makes the error point to the interface', () => {
    const admit = optionsDoor('ManyOptions', 'f({})', Object.fromEntries([...'abcdefghijkl'].entries()));
    expect(() => admit({ retries: 5 })).toThrow('There is no option retries; see ManyOptions');
  });

  test('among many that have no interface lists them all', () => {
    const many = new Set('abcdefghijkl');
    expect(() => refuseUnknownOptions({ retries: 5 }, many, 'tls.')).toThrow(
      'There is no option tls.retries; known options: a, b, c, d, e, f, g, h, i, j, k, l',
    );
  });

  test('with a long name is cut short, and found as fast', () => {
    const name = `${'timeout'.repeat(100_000)}`;
    expect(messageFor(name)).toBe(
      `There is no option ${name.slice(0, 60)}…; known options: ${[...names].join(', ')}`,
    );
  });

  test('may be inherited', () => {
    const options: object = Object.create({ timout: 5 });
    expect(() => refuseUnknownOptions(options, names, '')).toThrow('did you mean timeout?');
  });
});

describe('not an option', () => {
  test('is what another library has added to every object', () => {
    const everywhere = Object.prototype as { addedByAnotherLibrary?: unknown };
    everywhere.addedByAnotherLibrary = () => {};
    try {
      expect(() => refuseUnknownOptions({}, names, '')).not.toThrow();
    } finally {
      delete everywhere.addedByAnotherLibrary;
    }
  });

  test('is a symbol', () => {
    expect(() => refuseUnknownOptions({ [Symbol('x')]: 1 }, names, '')).not.toThrow();
  });
});
