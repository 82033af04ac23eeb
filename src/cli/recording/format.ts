/** What both kinds of recordings have in common: lines of JSON, of which the first says the kind and the version. */

import * as v from 'valibot';
import { InputError } from '../errors.js';

/** The kind that the first line of a text names; null if the text is not a recording. */
export function formatOf(text: string): unknown {
  try {
    const header = JSON.parse(text.slice(0, Math.max(0, text.indexOf('\n')))) as {
      recording?: unknown;
    } | null;
    return header?.recording ?? null;
  } catch {
    return null;
  }
}

/**
 * Splits a recording of a known kind.
 *
 * @param text the recording
 * @param version the version that can be read
 * @returns its header, and the lines after it
 * @throws InputError for one that is cut off, or of another version
 */
export function partsOf(
  text: string,
  version: number,
): { readonly header: Readonly<Record<string, unknown>>; readonly lines: readonly string[] } {
  if (!text.endsWith('\n')) throw new InputError('The recording is cut off: its last line has no line break');
  const [first = '', ...lines] = text.slice(0, -1).split('\n');
  const header = JSON.parse(first) as Record<string, unknown>;
  if (header['version'] !== version) {
    const got = String(header['version']);
    throw new InputError(`The recording has version ${got}; this program reads version ${version}`);
  }
  return { header, lines };
}

/** The header takes the first line, and lines are counted from 1. */
const FIRST_LINE_NUMBER = 2;

/**
 * Reads the lines after the header.
 *
 * @param lines the lines
 * @param schema what each of them holds
 * @throws InputError that names the first line which does not hold that, and what is wrong with it
 */
export function parseLines<Schema extends v.GenericSchema>(
  lines: readonly string[],
  schema: Schema,
): v.InferOutput<Schema>[] {
  return lines.map((line, index) => {
    const place = `Line ${index + FIRST_LINE_NUMBER} of the recording`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new InputError(`${place} is not JSON`);
    }
    const result = v.safeParse(schema, value);
    if (!result.success) throw new InputError(`${place}: ${describeIssue(result.issues[0])}`);
    return result.output;
  });
}

/** The codes of a table of reasons or notes, for a picklist. */
export function codesOf<Code extends string>(table: Readonly<Record<Code, unknown>>): readonly Code[] {
  return Object.keys(table) as Code[];
}

/** Longer data is cut in an error. */
const MAX_SHOWN = 60;

/** What a schema expects and what came, with the place. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const got = issue.received.length > MAX_SHOWN ? `${issue.received.slice(0, MAX_SHOWN)}…` : issue.received;
  if (issue.type === 'regex') return `expected pairs of hex digits as ${path}, got ${got}`;
  // for a missing field, `expected` is its own name
  if (issue.received === 'undefined' && path !== null) return `${path} is missing`;
  return `expected ${issue.expected ?? 'something else'}${path === null ? '' : ` as ${path}`}, got ${got}`;
}
