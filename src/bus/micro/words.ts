/** What names, ids, versions and metadata of a service may be. */

import { describeKind, describeValue } from '../../base/options.js';
import { OptionError } from '../../protocol/errors.js';

const NAME = /^[a-zA-Z0-9_-]+$/;

/** The expression that semver.org gives. */
const SEMANTIC_VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** Longer names and versions are a mistake. */
const MAX_LENGTH = 256;

function checkedText(option: string, value: unknown, form: RegExp, expected: string): string {
  if (typeof value === 'string' && value.length <= MAX_LENGTH && form.test(value)) return value;
  throw new OptionError(option, expected, describeValue(value));
}

/**
 * The name or id of a service, or the name of an endpoint: one word of a subject.
 *
 * @throws OptionError for anything else
 */
export function checkedName(option: string, value: unknown): string {
  return checkedText(option, value, NAME, 'letters, digits, _ and -');
}

/**
 * The version of a service.
 *
 * @throws OptionError for anything else
 */
export function checkedVersion(option: string, value: unknown): string {
  return checkedText(option, value, SEMANTIC_VERSION, 'a semantic version such as 1.0.0');
}

/**
 * A copy of the metadata of a service or endpoint.
 *
 * @throws OptionError for anything but texts by names
 */
export function checkedMetadata(option: string, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new OptionError(option, 'an object with texts', describeKind(value));
  for (const [name, each] of Object.entries(value))
    if (typeof each !== 'string') throw new OptionError(`${option}.${name}`, 'a text', describeKind(each));
  return Object.freeze({ ...value });
}
