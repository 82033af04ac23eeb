/** Schemas of any library that speaks Standard Schema 1 (standardschema.dev), and what is made of their verdicts. */

import { describeKind } from '../base/options.js';
import { isThenable } from '../base/thenable.js';
import { promiseOf } from '../base/user-code.js';
import { OptionError, type ValidationFacts, type ValidationIssue } from '../protocol/errors.js';

/**
 * A schema: of zod 3.24 or later, valibot 1, arktype 2, or any other library of standardschema.dev. Some are objects, some
 * functions.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: JsonSchemaConverter | undefined;
  };
}

/** Standard JSON Schema: how a library gives a schema as JSON Schema, where it can. */
export interface JsonSchemaConverter {
  readonly input: (options: { readonly target: string }) => unknown;
  readonly output: (options: { readonly target: string }) => unknown;
}

/** What a schema takes. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];

/** What a schema makes of it. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** What became of a validation: the value as the schema gives it, or what is wrong. */
export type Verdict = Accepted | Refused;

/** The value fits. */
export interface Accepted {
  readonly value: unknown;
}

/** The value does not fit, or the schema failed. */
export interface Refused {
  readonly reason: 'invalid' | 'schema-failed';
  /** The first of them. */
  readonly issues: readonly ValidationIssue[];
  /** How many there are. */
  readonly issueCount: number;
  /** What the schema said or threw: may quote the value. */
  readonly unmasked: unknown;
}

/** A peer decides how many issues its message has; nobody reads more than these. */
const MAX_ISSUES = 20;
/** Keys of a path may be those of the peer. */
const MAX_PATH_LENGTH = 200;
/** What a code looks like in every library; anything else might be a value. */
const CODE = /^[A-Za-z][\w.-]{0,39}$/;

/**
 * Whether a value is a schema; never throws.
 *
 * @param value anything
 */
function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    const { version, validate } = (value as StandardSchema)['~standard'];
    return version === 1 && typeof validate === 'function';
  } catch {
    return false;
  }
}

/**
 * A schema that may be missing.
 *
 * @throws OptionError for anything that is no schema
 */
export function schemaArgument(name: string, value: unknown): StandardSchema | undefined {
  if (value === undefined || isSchema(value)) return value;
  throw new OptionError(
    name,
    'a schema with Standard Schema 1 (zod, valibot, arktype), or nothing',
    `${describeKind(value)}${flawOf(value)}`,
  );
}

function flawOf(value: unknown): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return '';
  return '~standard' in value ? ' of another version of "~standard"' : ' without "~standard"';
}

/**
 * Validates a value.
 *
 * @returns the verdict, at once or as a promise; neither throws nor rejects, whatever the schema does
 */
export function validate(schema: StandardSchema, value: unknown): Verdict | Promise<Verdict> {
  try {
    const result = schema['~standard'].validate(value);
    return isThenable(result) ? promiseOf(result).then(verdictOf, failed) : verdictOf(result);
  } catch (error) {
    return failed(error);
  }
}

function failed(thrown: unknown): Refused {
  return { reason: 'schema-failed', issues: [], issueCount: 0, unmasked: thrown };
}

function verdictOf(result: unknown): Verdict {
  try {
    const { issues, value } = result as { issues?: unknown; value?: unknown };
    if (issues === undefined && 'value' in (result as object)) return { value };
    // an array of another realm is one as well
    if (Array.isArray(issues)) return refusalOf(issues);
  } catch (error) {
    return failed(error);
  }
  return failed(result);
}

function refusalOf(issues: readonly unknown[]): Refused {
  return {
    reason: 'invalid',
    issues: issues.slice(0, MAX_ISSUES).map((issue) => ({ path: pathOf(issue), code: codeOf(issue) })),
    issueCount: issues.length,
    unmasked: issues,
  };
}

/** The code of an issue, which the standard does not have: `code` in zod and arktype, `type` in valibot. */
function codeOf(issue: unknown): string {
  const { code, type } = issue as { readonly code?: unknown; readonly type?: unknown };
  const found = [code, type].find((each) => typeof each === 'string' && CODE.test(each));
  return typeof found === 'string' ? found : 'invalid';
}

/** Where the issue is, as JavaScript writes it: `color.rgb[2]`; empty for the value as a whole. */
function pathOf(issue: unknown): string {
  const { path } = issue as { readonly path?: unknown };
  if (path === undefined || path === null) return '';
  let text = '';
  for (const segment of path as Iterable<unknown>) {
    const isHolder = typeof segment === 'object' && segment !== null;
    text += segmentText(isHolder ? (segment as { readonly key?: unknown }).key : segment, text === '');
    if (text.length > MAX_PATH_LENGTH) return `${text.slice(0, MAX_PATH_LENGTH)}…`;
  }
  return text;
}

function segmentText(key: unknown, isFirst: boolean): string {
  if (typeof key === 'number') return `[${key}]`;
  if (typeof key === 'string' && /^[A-Za-z_$][\w$]*$/.test(key)) return isFirst ? key : `.${key}`;
  if (typeof key !== 'string') return '[?]';
  // a key of the peer's must not end a line of the log, or colour it
  const cut = key.length > MAX_PATH_LENGTH ? key.slice(0, MAX_PATH_LENGTH) : key;
  return `[${JSON.stringify(cut).replace(/[^ -~]/g, '?')}]`;
}

/** What an error says of a refusal. */
export type RefusalFacts = Pick<
  ValidationFacts,
  'reason' | 'issues' | 'issueCount' | 'timeoutMs' | 'unmasked'
>;

/** A refusal, as the fields of an error. */
export function refusalFacts(side: 'input' | 'output', refused: Refused): RefusalFacts {
  const { reason, issues, issueCount, unmasked } = refused;
  return { reason: reason === 'invalid' ? `invalid-${side}` : reason, issues, issueCount, unmasked };
}
