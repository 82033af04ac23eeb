import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import { pureJson, stringifyJson, structJson } from '../../src/wire/index.js';

/** What a program of another realm makes: its `Object`, `Map` and the rest are not ours. */
function elsewhere(program: string): unknown {
  return vm.runInNewContext(program, { URL, URLSearchParams, AbortController, Event });
}

class Temperature {
  readonly #celsius = 21;
  get celsius(): number {
    return this.#celsius;
  }
}

class DeviceError extends Error {
  readonly channel = 3;
}

class Query {
  table = 'devices';
  // biome-ignore lint/suspicious/noThenProperty: query builders have one
  then(): void {}
}

function argumentsOf(..._: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: it is what the test is about
  return arguments;
}

/** Each is made by an expression, so that it can be made in another realm as well. */
const LOST: readonly (readonly [expression: string, what: RegExp])[] = [
  ['Promise.resolve(1)', /a Promise \(is an await missing\?\)/],
  ['(async () => 1)()', /a Promise/],
  ['new (class extends Promise {})(() => {})', /a Promise/],
  ['({ then: () => {} })', /a Promise/],
  ['new Error("x")', /an Error, whose message/],
  ['new RangeError("x")', /a RangeError, whose message/],
  ['new (class Mine extends Error {})("x")', /a Mine, whose message/],
  ['new AggregateError([])', /an AggregateError/],
  ['new Date(NaN)', /an invalid Date/],
  ['new Uint8Array([1])', /bytes in a Uint8Array/],
  ['new Uint8Array(0)', /bytes in a Uint8Array/],
  ['new Float64Array([1])', /bytes in a Float64Array/],
  ['new BigInt64Array(1)', /bytes in a BigInt64Array/],
  ['new ArrayBuffer(2)', /bytes in an ArrayBuffer/],
  ['new SharedArrayBuffer(2)', /bytes in a SharedArrayBuffer/],
  ['new DataView(new ArrayBuffer(2))', /bytes in a DataView/],
  ['new Number(7)', /a Number object/],
  ['new String("a")', /a String object/],
  ['new Boolean(false)', /a Boolean object/],
  ['Object(1n)', /a BigInt object/],
  ['Object(Symbol("s"))', /a Symbol object/],
  ['new Map([[1, 2]])', /a Map/],
  ['new (class Registry extends Map {})()', /a Map/],
  ['new Set([1])', /a Set \(send \[\.\.\.it\]\)/],
  ['new WeakMap()', /a WeakMap/],
  ['new WeakSet()', /a WeakSet/],
  ['new WeakRef({})', /a WeakRef/],
  ['new Proxy(new Map(), {})', /a Map/],
  ['/x/', /a RegExp without fields/],
  ['(function* () {})()', /a Generator/],
  ['(async function* () {})()', /an AsyncGenerator/],
  ['[1].values()', /Iterator/],
  ['new Intl.NumberFormat()', /a NumberFormat/],
  ['new URLSearchParams("a=1")', /a URLSearchParams \(send \[\.\.\.it\]\)/],
  ['new AbortController().signal', /an AbortSignal/],
  ['new Event("x")', /an Event/],
  ['Math', /symbols or not enumerable/],
  ['(() => 1)', /a function/],
  ['(class {})', /a function/],
  ['Symbol("s")', /a symbol/],
  ['({ [Symbol("s")]: 1 })', /symbols or not enumerable/],
  ['Object.defineProperty({}, "hidden", { value: 1 })', /not enumerable/],
  ['Object.create({ inherited: 1 })', /an Object without fields/],
  ['new (class Meter { #v = 1; get v() { return this.#v; } })()', /a Meter without fields/],
  ['new (class Sub extends class { get v() { return 1; } } {})()', /a Sub without fields/],
  ['new (class Token { #value = 1; })()', /a Token without fields/],
  ['new (class Sub extends class { #value = 1; } {})()', /a Sub without fields/],
  ['(function () { return arguments; })(1, 2)', /the arguments of a function/],
  ['Object.assign([], { a: 1 })', /an array without elements that has properties/],
  ['(() => { const a = []; a[1_700_000_000] = 1; return a; })()', /1700000001 elements, most of which/],
  ['({ toJSON: () => undefined })', /undefined from its toJSON/],
  ['({ toJSON: async () => 1 })', /a Promise/],
  ['({ toJSON: () => new Map() })', /a Map/],
  ['NaN', /a finite number, got NaN/],
];

const REALMS: readonly (readonly [realm: string, make: (expression: string) => unknown])[] = [
  ['this realm', (expression) => vm.runInThisContext(expression)],
  ['another realm', elsewhere],
];

describe.each(REALMS)('FC-23: of %s', (_, make) => {
  test.each(LOST)('%s is refused with its place', (expression, what) => {
    const value = make(expression);
    for (const [data, path] of [
      [value, 'data'],
      [{ user: { avatar: value } }, 'data.user.avatar'],
      [[1, { 'a b': value }], 'data[1]["a b"]'],
    ] as const) {
      expect(() => stringifyJson(data)).toThrow(TypeError);
      expect(() => stringifyJson(data)).toThrow(what);
      expect(() => stringifyJson(data)).toThrow(`expected ${path} to be `);
    }
  });

  test.each([
    ['({ a: [1, "x", null, true, { b: 1.5 }] })', '{"a":[1,"x",null,true,{"b":1.5}]}'],
    ['({})', '{}'],
    ['[]', '[]'],
    ['Object.create(null)', '{}'],
    ['Object.assign(Object.create(null), { a: 1 })', '{"a":1}'],
    ['new Date(0)', '"1970-01-01T00:00:00.000Z"'],
    ['new URL("http://localhost/x")', '"http://localhost/x"'],
    ['new (class { a = 1; #b = 2; get c() { return this.#b; } })()', '{"a":1}'],
    ['new (class Ping {})()', '{}'],
    ['new (class extends class Ping {} {})()', '{}'],
    ['new (class { a = 1; toJSON() { return this; } })()', '{"a":1}'],
    ['new (class extends Error { toJSON() { return this.message; } })("told")', '"told"'],
    ['new (class extends Map { toJSON() { return [...this]; } })([[1, 2]])', '[[1,2]]'],
    ['new (class extends Array { sum() {} })(1, 2)', '[1,2]'],
    ['new Proxy({ a: 1 }, {})', '{"a":1}'],
    ['new Proxy([1], {})', '[1]'],
    ['new Proxy(new (class { a = 1; m() {} })(), {})', '{"a":1}'],
    ['"abc".match(/b/)', '["b"]'],
    ['({ a: undefined, b: 1 })', '{"b":1}'],
    ['({ a: undefined })', '{}'],
    ['[undefined, , 1]', '[null,null,1]'],
    ['({ a: 1, [Symbol("s")]: 2 })', '{"a":1}'],
    ['JSON.parse(\'{"__proto__": {"a": 1}}\')', '{"__proto__":{"a":1}}'],
    ['[-0, -0.5]', '[0,-0.5]'],
    ['"\\ud800"', '"\\ud800"'],
    ['({ get a() { return 1; } })', '{"a":1}'],
    ['({ then: 1 })', '{"then":1}'],
    ['({ 0: "a", length: 1 })', '{"0":"a","length":1}'],
  ])('%s arrives', (expression, text) => {
    expect(stringifyJson(make(expression))).toBe(text);
    expect(stringifyJson([make(expression), 1n])).toBe(`[${text},1]`);
  });
});

describe('FC-23: data', () => {
  test.each([
    ['Buffer', Buffer.from('x'), /bytes in a Buffer/],
    ['a class with private fields', new Temperature(), /a Temperature without fields that JSON shows/],
    ['an error with fields', new DeviceError('x'), /a DeviceError, whose message/],
    ['an error of Node', Object.assign(new Error('x'), { code: 'ENOENT' }), /an Error/],
    ['a DOMException', new DOMException('x', 'AbortError'), /a DOMException/],
    ['an error of the old style', Object.create(Error.prototype) as unknown, /an Error/],
    ['a query that was not awaited', new Query(), /a Promise/],
    ['a Response', new Response('x'), /a Response/],
    ['Headers', new Headers({ a: 'b' }), /Headers \(send \[\.\.\.it\]\)/],
    ['a Blob', new Blob(['x']), /a Blob/],
    ['arguments', argumentsOf('a'), /arguments/],
  ])('that JSON would empty is refused: %s', (_, value, what) => {
    expect(() => stringifyJson({ of: [value] })).toThrow(TypeError);
    expect(() => stringifyJson({ of: [value] })).toThrow(what);
    expect(() => stringifyJson({ of: [value] })).toThrow('data.of[0]');
  });

  const thrown = new RangeError('the sensor is off');
  const fails = (): never => {
    throw thrown;
  };

  test.each([
    [
      'a getter',
      {
        get now() {
          return fails();
        },
      },
      'data.now',
    ],
    ['a toJSON', { a: [{ toJSON: fails }] }, 'data.a[0]'],
    ['a proxy', { a: new Proxy({}, { ownKeys: fails }) }, 'data.a'],
    ['a proxy of an array', [new Proxy([1], { get: fails })], 'data[0]'],
  ])('that throws when it is read is refused with what it threw: %s', (_, value, path) => {
    const refused = expect.objectContaining({
      message: `could not read ${path}: the sensor is off`,
      cause: thrown,
    });
    expect(() => stringifyJson(value)).toThrow(TypeError);
    expect(() => stringifyJson(value)).toThrow(refused);
  });

  test('behind a revoked proxy is refused with its place', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(() => stringifyJson({ a: proxy })).toThrow(/could not read data\.a: .*revoked/);
  });

  test('is refused by both codecs, and before anything is written', () => {
    for (const codec of [pureJson, structJson]) {
      const message = new Message<unknown>({ serviceId: 20, dataId: 1, data: { of: Promise.resolve() } });
      expect(() => codec.encode(message)).toThrow('expected data.of to be JSON, got a Promise');
    }
  });

  test('is named by a place that is short and on one line', () => {
    const long = { ['k\n'.repeat(1_000)]: { ok: new Map() } };
    expect(() => stringifyJson(long)).toThrow(/^expected data\["(?:k\\n){30}…"\]\.ok to be JSON, got a Map/);
  });

  test('may have getters, which are read as JSON.stringify reads them', () => {
    let reads = 0;
    const data = {
      get count() {
        return ++reads;
      },
    };
    expect(stringifyJson(data)).toMatch(/^{"count":\d}$/);
  });
});
