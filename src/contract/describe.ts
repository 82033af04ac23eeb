/** A contract as JSON Schema and as AsyncAPI 3.0: for documentation, and for programs in other languages. */

import { messageOfThrown } from '../base/thrown.js';
import { asyncApiOf } from './async-api.js';
import type { ContractEntries } from './contract.js';
import type { ContractEntry } from './entries.js';
import { rebased } from './json-references.js';
import type { StandardSchema } from './schema.js';

/** What a description says of the contract as a whole. */
export interface ContractInfo {
  /** What it is called. Default: `Contract`. */
  readonly title?: string | undefined;
  /** Its version. Default: `0.0.0`. */
  readonly version?: string | undefined;
  readonly description?: string | undefined;
}

/** A JSON document. */
export type JsonObject = { readonly [key: string]: unknown };

/** A contract in the words of others. */
export interface ContractDescription {
  /** JSON Schema 2020-12: under `$defs`, a schema for the data of each request (`led.input`) and of each answer (`led.output`). */
  readonly jsonSchema: JsonObject & { readonly $defs: Readonly<Record<string, JsonObject>> };
  /** AsyncAPI 3.0: the side that answers, with a channel, an operation and a reply for each entry. */
  readonly asyncApi: JsonObject & {
    readonly channels: Readonly<Record<string, JsonObject>>;
    readonly operations: Readonly<Record<string, JsonObject>>;
  };
}

/** The drafts of JSON Schema: the newest, and the one that AsyncAPI 3.0 is made of. */
export type Draft = 'draft-2020-12' | 'draft-07';

/**
 * Describes a contract: what travels, as JSON. That is what a schema takes, and not what it makes of it.
 *
 * Where the library of a schema has no Standard JSON Schema (valibot has none by itself), or cannot express it, the schema is
 * empty, allows anything, and says so under `$comment`.
 *
 * @param contract a contract, of whichever copy of this library
 * @param info what else is to be said
 *
 * @example
 * ```ts
 * import { contract, describeContract, read } from 'socket-protocol';
 * import * as z from 'zod';
 *
 * const thermostat = contract({ time: read(0, z.iso.datetime()) });
 * const { jsonSchema, asyncApi } = describeContract(thermostat, { title: 'Thermostat', version: '1.0.0' });
 * console.log(JSON.stringify(asyncApi, null, 2), jsonSchema);
 * ```
 */
export function describeContract(
  contract: { readonly entries: ContractEntries },
  info: ContractInfo = {},
): ContractDescription {
  const { title = 'Contract', version = '0.0.0', description } = info;
  const about = { title, version, ...(description === undefined ? {} : { description }) };
  const entries = Object.entries(contract.entries);
  return {
    jsonSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title,
      ...(description === undefined ? {} : { description }),
      $defs: schemasOf(entries, 'draft-2020-12', '#/$defs/'),
    },
    asyncApi: asyncApiOf(entries, about, schemasOf(entries, 'draft-07', '#/components/schemas/')),
  };
}

/** The schemas of all entries by name: `led.input`, `led.output`. */
function schemasOf(
  entries: readonly (readonly [name: string, entry: ContractEntry])[],
  draft: Draft,
  base: string,
): Readonly<Record<string, JsonObject>> {
  const schemas: Record<string, JsonObject> = {};
  for (const [name, { kind, input, output }] of entries) {
    schemas[`${name}.input`] =
      kind === 'read'
        ? { type: 'null', $comment: 'A read carries no data.' }
        : jsonSchemaOf(input, draft, `${base}${name}.input`);
    schemas[`${name}.output`] = jsonSchemaOf(output, draft, `${base}${name}.output`);
  }
  return schemas;
}

/** A schema as JSON Schema; one that allows anything, and says why, where that cannot be had. */
function jsonSchemaOf(schema: StandardSchema | undefined, draft: Draft, base: string): JsonObject {
  if (schema === undefined) return { $comment: 'The contract has no schema for this: any JSON.' };
  const { vendor, jsonSchema } = schema['~standard'];
  if (jsonSchema === undefined)
    return { $comment: `Not described: ${vendor} has no Standard JSON Schema for this schema.` };
  try {
    // what travels is what the receiver's schema takes
    const { $schema, ...described } = jsonSchema.input({ target: draft }) as JsonObject;
    return rebased(described, base);
  } catch (error) {
    return { $comment: `Not described: ${vendor} says: ${messageOfThrown(error)}` };
  }
}
