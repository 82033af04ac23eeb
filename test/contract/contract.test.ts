import { type } from 'arktype';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { contract, execute, isContract, OptionError, read, request, write } from '../../src/index.js';
import { number } from './schemas.js';

/** The text of the OptionError that a call throws. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    return (error as Error).message;
  }
  throw new Error('it threw nothing');
}

describe('an entry', () => {
  test('says which ids its requests and answers have', () => {
    expect(read(0)).toEqual({ kind: 'read', requestSid: 10, responseSid: 11, dataId: 0 });
    expect(write(1)).toMatchObject({ kind: 'write', requestSid: 20, responseSid: 21, dataId: 1 });
    expect(execute(2)).toMatchObject({ kind: 'execute', requestSid: 30, responseSid: 31, dataId: 2 });
    expect(request(100, 101, 3)).toMatchObject({
      kind: 'request',
      requestSid: 100,
      responseSid: 101,
      dataId: 3,
    });
  });

  test('takes schemas that are functions', () => {
    const schema = type('number');
    expect(schema).toBeTypeOf('function');
    expect(write(1, schema).input).toBe(schema);
  });

  test.each<[what: string, call: () => unknown, text: string]>([
    [
      'a negative data id',
      () => read(-1),
      'Option dataId: expected an integer from 0 to 9007199254740991, got -1',
    ],
    [
      'a fraction',
      () => write(1.5),
      'Option dataId: expected an integer from 0 to 9007199254740991, got 1.5',
    ],
    [
      'no id at all',
      () => read(z.string() as never),
      'Option dataId: expected an integer from 0 to 9007199254740991, got an object',
    ],
    [
      'an object that is no schema',
      () => read(0, {} as never),
      'Option output: expected a schema with Standard Schema 1 (zod, valibot, arktype), or nothing, got an object without "~standard"',
    ],
    [
      'a class',
      () => write(0, String as never),
      'Option input: expected a schema with Standard Schema 1 (zod, valibot, arktype), or nothing, got a function without "~standard"',
    ],
    [
      'null',
      () => execute(0, null as never),
      'Option input: expected a schema with Standard Schema 1 (zod, valibot, arktype), or nothing, got null',
    ],
    [
      'a schema of a version to come',
      () => read(0, { '~standard': { ...number['~standard'], version: 2 } } as never),
      'Option output: expected a schema with Standard Schema 1 (zod, valibot, arktype), or nothing, got an object of another version of "~standard"',
    ],
    [
      'a service id of the protocol',
      () => request(10, 101, 0),
      'Option requestSid: expected a service id of your own, got 10, which is the read data request',
    ],
    [
      'an answer on one of the protocol',
      () => request(100, 1, 0),
      'Option responseSid: expected a service id of your own, got 1, which is the authentification response',
    ],
    [
      'one id for both',
      () => request(100, 100, 0),
      'Option responseSid: expected another id than that of the requests, got 100 for both',
    ],
  ])('is refused with %s', (_, call, text) => {
    expect(refusal(call)).toBe(text);
  });
});

describe('a contract', () => {
  test('has its entries, frozen, and is known as one', () => {
    const made = contract({ time: read(0), led: write(1) });
    expect(Object.keys(made.entries)).toEqual(['time', 'led']);
    expect(Object.isFrozen(made)).toBe(true);
    expect(Object.isFrozen(made.entries)).toBe(true);
    expect(isContract(made)).toBe(true);
    for (const other of [undefined, null, 1, {}, { entries: {} }, () => {}])
      expect(isContract(other)).toBe(false);
  });

  test('may have the same data id under other services, and many entries of one service', () => {
    const entries = {
      a: read(0),
      b: write(0),
      c: execute(0),
      d: request(100, 101, 0),
      e: request(100, 101, 1),
    };
    expect(Object.keys(contract(entries).entries)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('may be empty', () => {
    expect(contract({}).entries).toEqual({});
  });

  test.each<[what: string, entries: unknown, text: string]>([
    [
      'nothing',
      undefined,
      'Option entries: expected an object, as in contract({ time: read(0) }), got undefined',
    ],
    [
      'an array',
      [read(0)],
      'Option entries: expected an object, as in contract({ time: read(0) }), got an array',
    ],
    [
      'a schema in place of an entry',
      { time: z.string() },
      'Option time: expected an entry made by read(), write(), execute() or request(), got an object',
    ],
    [
      'a number in place of an entry',
      { time: 0 },
      'Option time: expected an entry made by read(), write(), execute() or request(), got a number',
    ],
    [
      'two entries for the same ids',
      { time: read(0), date: read(0) },
      'Option date: expected other ids than time, got the same: 10/0',
    ],
    [
      'a service with two responses',
      { a: request(100, 101, 0), b: request(100, 102, 1) },
      'Option b: expected service ids that agree with those of a, got 100 for the requests that 102 answers',
    ],
    [
      'one response for two services',
      { a: request(100, 101, 0), b: request(102, 101, 1) },
      'Option b: expected service ids that agree with those of a, got 101 for the answers to 102',
    ],
    [
      'requests on the answers of another',
      { a: request(100, 101, 0), b: request(101, 102, 0) },
      'Option b: expected service ids that agree with those of a, got 101 for the requests that 102 answers',
    ],
    [
      'a name that makes it a promise',
      // biome-ignore lint/suspicious/noThenProperty: it is what is tested
      { then: read(0) },
      'Option entries."then": expected another name, because JavaScript gives this one a meaning of its own, got this one',
    ],
    [
      'a name that every object has',
      { constructor: read(0) },
      'Option entries."constructor": expected another name, because JavaScript gives this one a meaning of its own, got this one',
    ],
    [
      'a name that is no name',
      { '1': read(0) },
      'Option entries."1": expected a name of up to 64 letters, digits, "_", "-" and ".", a letter first, got this one',
    ],
    [
      'a name that would forge a line of the log',
      { 'a\nb': read(0) },
      'Option entries."a\\nb": expected a name of up to 64 letters, digits, "_", "-" and ".", a letter first, got this one',
    ],
    [
      'the prototype of all objects',
      JSON.parse('{"__proto__": 1}'),
      'Option entries."__proto__": expected another name, because JavaScript gives this one a meaning of its own, got this one',
    ],
  ])('is refused with %s', (_, entries, text) => {
    expect(refusal(() => contract(entries as never))).toBe(text);
  });
});
