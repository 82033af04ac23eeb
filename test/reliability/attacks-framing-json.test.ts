import { afterEach, describe, expect, test, vi } from 'vitest';
import { OptionError } from '../../src/index.js';
import { createPureJson, pureJson, stringifyJson } from '../../src/wire/index.js';
import { nested, raw, read, sealed, textOf } from '../support/bytes.js';
import { Pair, watch } from '../support/pair.js';
import { keepStore, SECRET, SocketPuppet } from '../support/socket-puppet.js';
import { decodeAll } from '../support/stp.js';

afterEach(() => vi.restoreAllMocks());

const execute = (data: string): Buffer => read({ service_id: '30', data });

/** A server that echoes every execute request. */
function echo(options: ConstructorParameters<typeof SocketPuppet>[1] = {}): SocketPuppet {
  const puppet = new SocketPuppet('server', options);
  keepStore(puppet.session, puppet.ran);
  return puppet;
}

/** The text of an answer as it travels. */
function wireOf(puppet: SocketPuppet): string {
  return decodeAll(puppet.socket.readByPeer)
    .frames.map((frame) => frame.subarray(0, -4).toString('latin1'))
    .join('\n');
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('F10: a depth bomb', () => {
  test.each([
    ['arrays', nested],
    ['objects', objects],
    ['arrays beside NaN, which take the exact reader', (depth: number) => `[NaN,${nested(depth - 1)}]`],
  ])('F10: of %s is dropped beyond 8 before trust and beyond 128 after', async (_, bomb) => {
    for (const [secret, depth, isDropped] of [
      [SECRET, 8, false],
      [SECRET, 9, true],
      [null, 128, false],
      [null, 129, true],
    ] as const) {
      const puppet = new SocketPuppet('server', { secret });
      await puppet.sends(read({ data: bomb(depth) }));
      expect(puppet.dropped.depth ?? 0).toBe(isDropped ? 1 : 0);
      expect(puppet.heard).toHaveLength(isDropped ? 0 : 1);
    }
  });

  test('F10: of millions of brackets is dropped before anything is built of it', async () => {
    const puppet = echo();
    const parse = vi.spyOn(JSON, 'parse');
    await puppet.sends(sealed(`${'['.repeat(1_000_000)}1`));
    await puppet.sends(execute(`"${'['.repeat(200)}"`));
    expect(puppet.dropped).toEqual({ depth: 1 });
    expect(parse.mock.calls.map(([text]) => text.length)).toEqual([202]);
    expect(puppet.ran).toHaveLength(1);
  });

  test('F10: cannot be sent either: not in a request, not in a message, not in an answer', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => deep(129)).onWrite(0, (data) => data);
    const sent = pair.client.counters.messagesSent;
    await expect(pair.client.write(0, deep(129))).rejects.toThrow(/at most 128 nested/);
    await expect(pair.client.send(20, 0, deep(129))).rejects.toThrow(/at most 128 nested/);
    expect(pair.client.counters.messagesSent).toBe(sent);

    const answered = [watch(pair.client.read(0)), watch(pair.client.write(0, deep(128)))];
    await pair.settle();
    expect(answered[0]?.error).toMatchObject({ status: 2 });
    expect(answered[1]?.value).toEqual(deep(128));
  });
});

describe('F11 to F13: numbers', () => {
  test('F11: of more than 4,300 digits are dropped wherever they stand, others arrive whole', async () => {
    const puppet = echo();
    const digits = (count: number): string => '9'.repeat(count);
    for (const token of [digits(4_301), `-${digits(4_301)}`, `[{"a": ${digits(10_000)}}]`]) {
      await puppet.sends(execute(token));
    }
    await puppet.sends(read({ data_id: digits(4_301) }));
    expect([puppet.dropped, puppet.heard]).toEqual([{ number: 4 }, []]);

    await puppet.sends(execute(`[${digits(4_300)}, -${digits(4_300)}, 9007199254740993]`));
    const big = BigInt(digits(4_300));
    expect(puppet.heard[0]?.data).toEqual([big, -big, 9007199254740993n]);
  });

  test('F12: NaN and the infinities are read, and never sent as null', async () => {
    const puppet = echo();
    await puppet.sends(execute('[NaN, Infinity, -Infinity]'));
    expect(puppet.ran[0]?.[3]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(puppet.heard[0]).toMatchObject({ status: 2, data: null });

    await expect(puppet.session.write(0, Number.NaN)).rejects.toBeInstanceOf(TypeError);
    await expect(puppet.session.write(0, { a: [Number.NEGATIVE_INFINITY] })).rejects.toThrow(/data\.a\[0\]/);
  });

  test('F12: NaN and the infinities are sent as Python names them where that is asked for', async () => {
    const puppet = echo({ codec: createPureJson({ allowNan: true }) });
    await puppet.sends(execute('[NaN, Infinity, -Infinity]'));
    expect(wireOf(puppet)).toContain('"data": [NaN,Infinity,-Infinity]');
  });

  test.each([
    ['1e400', 'Infinity'],
    ['-0', '0'],
    ['1.0', '1'],
    ['1e2', '100'],
    ['0.1e-400', '0'],
    ['{"b": 1, "10": 2, "9": 3}', '{"9":3,"10":2,"b":1}'],
  ])('F13: %s comes back as %s, a loss that is known', async (token, echoed) => {
    const puppet = echo({ codec: createPureJson({ allowNan: true }) });
    await puppet.sends(execute(token));
    expect(wireOf(puppet)).toContain(`"data": ${echoed}}`);
  });

  test('F13: the checksum is that of the bytes that came, not of what they would be written as', async () => {
    const puppet = echo();
    await puppet.sends(sealed('{ "status":0e0,"data":[1.50, -0],\t"data_id":0 , "service_id" : 3e1 }'));
    expect(puppet.dropped).toEqual({});
    expect(puppet.ran).toEqual([[30, 0, 0, [1.5, -0]]]);
  });
});

describe('F14 and F15: text', () => {
  test('F14: a lone surrogate travels escaped, both ways, and a pair as it is', async () => {
    const puppet = echo();
    await puppet.sends(execute('"\\ud800 \\udfff \\ud83d\\ude00 \ud83d\ude00"'));
    expect(puppet.ran[0]?.[3]).toBe('\ud800 \udfff \u{1f600} \u{1f600}');
    expect(wireOf(puppet)).toContain('"\\ud800 \\udfff ');
    expect(puppet.heard[0]?.data).toBe('\ud800 \udfff \u{1f600} \u{1f600}');
    expect(stringifyJson({ '\udead': '\ud800' })).toBe('{"\\udead":"\\ud800"}');
  });

  test.each([
    ['a byte-order mark', Buffer.from(`\ufeff${textOf()}`), 'encoding'],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${textOf()}`, 'utf16le'), 'encoding'],
    ['UTF-16 with the other mark', Buffer.from(`\ufeff${textOf()}`, 'utf16le').swap16(), 'encoding'],
    ['UTF-16 without a mark', Buffer.from(textOf(), 'utf16le'), 'json'],
    ['UTF-16 without a mark, turned around', Buffer.from(textOf(), 'utf16le').swap16(), 'json'],
    ['Latin-1', Buffer.from(textOf({ data: '"\u00e4"' }), 'latin1'), 'encoding'],
    ['an overlong quote', Buffer.concat([raw('{'), Buffer.from([0xc0, 0xa2])]), 'encoding'],
    ['a code point beyond the last', Buffer.from([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]), 'encoding'],
  ] as const)('F15: %s is dropped', async (_, bytes, reason) => {
    const puppet = echo();
    await puppet.sends(sealed(bytes));
    expect([puppet.dropped, puppet.ran]).toEqual([{ [reason]: 1 }, []]);
  });

  test('F15: the character that stands for what cannot be read is a character like any other', async () => {
    const puppet = echo();
    await puppet.sends(execute('"\ufffd \ufeff"'));
    expect(puppet.ran[0]?.[3]).toBe('\ufffd \ufeff');
  });
});

describe('F16 and F17: keys and ids', () => {
  test('F16: __proto__ changes no prototype, lends no field, and comes back as it came', async () => {
    const puppet = echo();
    await puppet.sends(
      execute('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
    );
    await puppet.sends(execute('{"__proto__": {"polluted": NaN}}'));
    await puppet.sends(
      sealed(textOf({ service_id: null }).replace('{', '{"__proto__": {"service_id": 30}, ')),
    );

    expect('polluted' in {}).toBe(false);
    expect(Object.getPrototypeOf(puppet.ran[0]?.[3])).toBe(Object.prototype);
    expect(Object.getPrototypeOf(puppet.ran[1]?.[3])).toBe(Object.prototype);
    expect(puppet.dropped).toEqual({ shape: 1 });
    expect(wireOf(puppet)).toContain(
      '"data": {"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
  });

  test('F16: the last of duplicate keys wins, in the reader of the engine and in ours', async () => {
    const puppet = echo();
    for (const value of ['1', 'NaN']) {
      await puppet.sends(execute(`{"a": ${value}, "b": 0, "a": "last"}`));
    }
    expect(puppet.ran.map(([, , , data]) => data)).toEqual([
      { a: 'last', b: 0 },
      { a: 'last', b: 0 },
    ]);
  });

  test('F17: true and false, fractions and texts are no ids, so that none is taken for another', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    for (const service_id of ['false', 'true', '"0"', '"10"', '0.5', '[0]', '{}', 'null', '-1']) {
      const other = new SocketPuppet('server', { secret: SECRET });
      await other.sends(read({ service_id }));
      expect([other.dropped, other.heard]).toEqual([{ shape: 1 }, []]);
    }
    // JSON.parse shows no difference between 1.0 and 1: to us it is the integer
    await puppet.sends(read({ service_id: '0.0', data_id: '0.0' }));
    expect(puppet.heard).toMatchObject([
      { serviceId: 1, dataId: 0, data: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test('F17: an id that is out of range cannot be sent', async () => {
    const pair = await Pair.connected();
    for (const id of [-1, 0.5, 2 ** 53, Number.NaN]) {
      await expect(pair.client.send(10, id)).rejects.toBeInstanceOf(OptionError);
      await expect(pair.client.send(id, 0)).rejects.toBeInstanceOf(OptionError);
    }
    expect(() => pureJson.encode({ serviceId: 0, dataId: 0, status: -1, data: null } as never)).toThrow(
      RangeError,
    );
  });
});
