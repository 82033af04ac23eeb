import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  type ContractDescription,
  contract,
  describeContract,
  execute,
  read,
  request,
  write,
} from '../../src/index.js';
import { LIBRARIES } from './libraries.js';
import { number, schemaOf } from './schemas.js';

const formats = addFormats as unknown as (ajv: object) => void;

/** The schema that AsyncAPI publishes for its documents. */
const ASYNC_API = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8'),
) as object;

// the document brings the schema of schemas that it refers to
const asyncApiAjv = new Ajv({ strict: false, meta: false, validateSchema: false });
formats(asyncApiAjv);
const isAsyncApi = asyncApiAjv.compile(ASYNC_API);

function errorsOf(document: object): unknown {
  return isAsyncApi(document) ? [] : isAsyncApi.errors;
}

/** Every reference of a document, with what it leads to. */
function references(document: object): readonly (readonly [reference: string, target: unknown])[] {
  const found: [string, unknown][] = [];
  JSON.stringify(document, (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') found.push([value, targetOf(document, value)]);
    return value;
  });
  return found;
}

function targetOf(document: unknown, reference: string): unknown {
  let target = document;
  for (const key of reference.slice(2).split('/'))
    target = (target as Record<string, unknown> | undefined)?.[key];
  return target;
}

/** Whether the described schema of an entry accepts a value. */
function accepts({ jsonSchema }: ContractDescription, name: string, value: unknown): boolean {
  const ajv = new Ajv2020({ strict: false });
  formats(ajv);
  return ajv.compile({ ...jsonSchema, $ref: `#/$defs/${name}` })(value) === true;
}

const Tree = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree);
  },
});
const shared = z.object({ x: Tree, y: Tree });

describe.each(Object.entries(LIBRARIES))('a contract with the schemas of %s', (_, thermostat) => {
  const described = describeContract(thermostat, { title: 'Thermostat', version: '1.2.3' });

  test('is a document that AsyncAPI 3.0 allows', () => {
    expect(errorsOf(described.asyncApi)).toEqual([]);
    expect(described.asyncApi).toMatchObject({
      asyncapi: '3.0.0',
      info: { title: 'Thermostat', version: '1.2.3' },
      channels: { 'led.request': { address: '20/1' }, 'led.answer': { address: '21/1' } },
      operations: {
        calibrate: {
          action: 'receive',
          'x-socket-protocol': { kind: 'request', requestSid: 100, responseSid: 101, dataId: 0 },
        },
      },
    });
  });

  test('has references that lead somewhere', () => {
    const all = [...references(described.asyncApi), ...references(described.jsonSchema)];
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter(([, target]) => target === undefined)).toEqual([]);
  });
});

describe.each(['zod', 'arktype'])('a contract with the schemas of %s', (library) => {
  test('is a JSON Schema of what travels', () => {
    const described = describeContract(LIBRARIES[library] ?? contract({}));
    expect(accepts(described, 'led.input', { brightness: 0.5 })).toBe(true);
    expect(accepts(described, 'led.input', { brightness: 2 })).toBe(false);
    expect(accepts(described, 'reboot.output', true)).toBe(true);
    expect(accepts(described, 'reboot.output', 'true')).toBe(false);
    // a text travels, of which the other side makes a number
    expect(accepts(described, 'calibrate.input', '21')).toBe(true);
    expect(accepts(described, 'calibrate.input', 21)).toBe(false);
    expect(accepts(described, 'time.input', null)).toBe(true);
    expect(accepts(described, 'time.input', 1)).toBe(false);
  });
});

describe('a description', () => {
  test('says where a library has no JSON Schema', () => {
    const { jsonSchema, asyncApi } = describeContract(LIBRARIES['valibot'] ?? contract({}));
    const note = { $comment: 'Not described: valibot has no Standard JSON Schema for this schema.' };
    expect(jsonSchema).toMatchObject({ title: 'Contract', $defs: { 'led.input': note } });
    expect(asyncApi).toMatchObject({
      info: { version: '0.0.0' },
      components: { schemas: { 'led.input': note } },
    });
  });

  test('says where a schema has none, and where there is no schema', () => {
    const converter = {
      input: () => {
        throw new Error('no');
      },
      output: () => ({}),
    };
    const failing = { '~standard': { ...number['~standard'], jsonSchema: converter } };
    const { jsonSchema } = describeContract(
      contract({
        a: write(0, z.date()),
        b: write(1, failing),
        c: write(2),
        d: read(
          3,
          schemaOf(() => ({})),
        ),
      }),
    );
    expect(jsonSchema['$defs']).toEqual({
      'a.input': { $comment: 'Not described: zod says: Date cannot be represented in JSON Schema' },
      'a.output': { $comment: 'The contract has no schema for this: any JSON.' },
      'b.input': { $comment: 'Not described: test says: no' },
      'b.output': { $comment: 'The contract has no schema for this: any JSON.' },
      'c.input': { $comment: 'The contract has no schema for this: any JSON.' },
      'c.output': { $comment: 'The contract has no schema for this: any JSON.' },
      'd.input': { type: 'null', $comment: 'A read carries no data.' },
      'd.output': { $comment: 'Not described: test has no Standard JSON Schema for this schema.' },
    });
  });

  test('keeps the references of recursive and shared schemas', () => {
    const made = contract({ tree: write(0, Tree, shared), 'a.b': request(100, 101, 0, shared) });
    const described = describeContract(made, { description: 'trees' });
    expect(errorsOf(described.asyncApi)).toEqual([]);
    const all = [...references(described.asyncApi), ...references(described.jsonSchema)];
    expect(all.filter(([, target]) => target === undefined)).toEqual([]);
    const leaf = { name: 'leaf', children: [] };
    const tree = { name: 'tree', children: [leaf, { ...leaf, children: [leaf] }] };
    for (const name of ['tree.output', 'a.b.input']) {
      expect(accepts(described, name, { x: tree, y: leaf }), name).toBe(true);
      expect(accepts(described, name, { x: { ...tree, children: [{ name: 1 }] }, y: leaf }), name).toBe(
        false,
      );
    }
    expect(accepts(described, 'tree.input', tree)).toBe(true);
    expect(accepts(described, 'tree.input', { name: 'tree', children: [{ name: 'leaf' }] })).toBe(false);
  });

  test('changes no data that looks like a reference', () => {
    const like = z.object({
      $ref: z.literal('#/x'),
      properties: z.object({ default: z.literal('#') }),
      const: z.enum(['#/a', '#']),
    });
    const described = describeContract(contract({ like: execute(0, like) }));
    const value = { $ref: '#/x', properties: { default: '#' }, const: '#/a' };
    expect(accepts(described, 'like.input', value)).toBe(true);
    expect(accepts(described, 'like.input', { ...value, $ref: '#/$defs/like.input/x' })).toBe(false);
    expect(accepts(described, 'like.input', { ...value, const: '#/b' })).toBe(false);
  });

  test('would not pass if it were none', () => {
    const { asyncApi } = describeContract(contract({ a: read(0) }));
    expect(errorsOf({ ...asyncApi, operations: { a: { action: 'sit' } } })).not.toEqual([]);
    expect(errorsOf({ ...asyncApi, asyncapi: '2.0.0' })).not.toEqual([]);
  });

  test('is JSON', () => {
    const described = describeContract(LIBRARIES['zod'] ?? contract({}));
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(errorsOf(describeContract(contract({})).asyncApi)).toEqual([]);
  });
});
