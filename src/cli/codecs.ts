/** The codecs of the command line; both take `NaN` and the infinities, as Python does. */

import type { Codec } from '../wire/codec.js';
import { createPureJson } from '../wire/pure-json.js';
import { createStructJson } from '../wire/struct-json.js';
import { InputError } from './errors.js';

const PURE_JSON = createPureJson({ allowNan: true });
const STRUCT_JSON = createStructJson({ allowNan: true });

/** The codec that the options ask for. */
export function codecOf({ struct }: { readonly struct?: true }): Codec {
  return struct === true ? STRUCT_JSON : PURE_JSON;
}

/** The codec of a name; undefined if there is none. */
export function codecNamed(name: unknown): Codec | undefined {
  return [PURE_JSON, STRUCT_JSON].find((codec) => codec.name === name);
}

/**
 * The codec that a recording names.
 *
 * @throws InputError for an unknown one
 */
export function recordedCodec(name: unknown): Codec {
  const codec = codecNamed(name);
  if (codec !== undefined) return codec;
  const shown = typeof name === 'string' ? name : JSON.stringify(name);
  throw new InputError(`The recording has the unknown codec ${shown}; expected pure_json or struct_json`);
}
