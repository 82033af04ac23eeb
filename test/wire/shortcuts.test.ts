import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseJson, stringifyJson } from '../../src/wire/index.js';

afterEach(() => void vi.restoreAllMocks());

describe('data that the engine writes exactly', () => {
  test.each([
    [null],
    ['text'],
    [true],
    [0],
    [-1.5],
    [1e-7],
    [2 ** 53 - 1],
    [[]],
    [{}],
    [[1, 'a', [true, null], { b: 2.5 }]],
    [{ a: { b: [null, false, 'x'] }, c: -1 }],
    [Object.assign(Object.create(null) as object, { a: 1 })],
  ])('is written by the engine, in one go: %j', (value) => {
    const stringify = vi.spyOn(JSON, 'stringify');
    stringifyJson(value);
    expect(stringify.mock.calls).toEqual([[value]]);
  });

  test.each([
    [[1n]],
    [{ a: [2 ** 53] }],
    [Object.assign([1], { toJSON: () => [1n] })],
    [{ toJSON: () => [1n] }],
    [Object.create({ toJSON: () => ({ a: 1n }) }) as unknown],
    [[{ a: 1, toJSON: () => 2n ** 64n }]],
  ])('is not where the engine would fail or round: %#', (value) => {
    expect(stringifyJson(value)).toMatch(/1|9007199254740992.0|18446744073709551616/);
  });
});

describe('a text that the engine reads exactly', () => {
  test.each([
    '1',
    '[1, 2.5, "a", {"b": null}]',
    '1.5e300',
    '-9007199254740991',
    '{"a": [[], {}]}',
  ])('is read by the engine, in one go: %s', (text) => {
    const parse = vi.spyOn(JSON, 'parse');
    parseJson(text);
    expect(parse.mock.calls).toEqual([[text]]);
  });

  test.each([
    '['.repeat(17),
    '[[[[[[[[[1]]]]]]]]]',
    '{"a":'.repeat(9),
    '{"a":{"b":{"c":{"d":[[[[[1]]]]]}}}}',
    '["]]]]", [[[[[[[[1]]]]]]]]]',
  ])('is not built where it is nested too deep: %s', (text) => {
    const parse = vi.spyOn(JSON, 'parse');
    expect(() => parseJson(text, 8)).toThrow('at most 8 nested');
    expect(parse.mock.calls).toEqual([]);
  });

  test.each([
    '[[[[[[[[1]]]]]]]]',
    '[[], [], [], [], [], [], [], [], []]',
    '["[[[[[[[[[["]',
    '{"{{{{{{{{{{": "\\"[[[[[[[[["}',
  ])('is read where it is not: %s', (text) => {
    expect(parseJson(text, 8)).toEqual(JSON.parse(text));
  });
});
