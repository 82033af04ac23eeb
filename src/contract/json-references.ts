/** Moves a JSON Schema into a document: its references begin at the root of their schema, which then is elsewhere. */

import type { JsonObject } from './describe.js';

/** Keywords whose value is data, in which nothing is a reference. */
const DATA_KEYWORDS = new Set(['const', 'enum', 'default', 'example', 'examples']);
/** Keywords whose value has schemas under names that somebody has chosen. */
const MAP_KEYWORDS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/**
 * A schema for its new place.
 *
 * @param schema a JSON Schema that is a document
 * @param base where it will be: `#/$defs/led.input`
 */
export function rebased(schema: JsonObject, base: string): JsonObject {
  return ofSchema(schema, base) as JsonObject;
}

function ofSchema(schema: unknown, base: string): unknown {
  if (Array.isArray(schema)) return schema.map((each) => ofSchema(each, base));
  if (!isObject(schema)) return schema;
  return mapped(schema, (keyword, value) => {
    if (keyword === '$ref' && typeof value === 'string' && value.startsWith('#'))
      return base + value.slice(1);
    if (DATA_KEYWORDS.has(keyword)) return value;
    if (MAP_KEYWORDS.has(keyword) && isObject(value)) return mapped(value, (_, each) => ofSchema(each, base));
    return ofSchema(value, base);
  });
}

function mapped(object: JsonObject, change: (key: string, value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(key, value)]));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
