/** What recordings of both kinds have in common: lines of JSON, the first of which says what they are. */

import * as v from 'valibot';

/** What the first line of a text says that it is; null where it says nothing. */
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
 * Takes a recording apart.
 *
 * @param text the recording, of a format that has been looked at
 * @param version the version that can be read
 * @returns its first line, and the lines after it
 * @throws Error for one that is cut off, or of another version
 */
export function partsOf(
  text: string,
  version: number,
): { readonly header: Readonly<Record<string, unknown>>; readonly lines: readonly string[] } {
  if (!text.endsWith('\n'))
    throw new Error('expected a line break at the end of the recording: it is cut off');
  const [first = '', ...lines] = text.slice(0, -1).split('\n');
  const header = JSON.parse(first) as Record<string, unknown>;
  if (header['version'] !== version)
    throw new Error(`expected a recording of version ${version}, got ${String(header['version'])}`);
  return { header, lines };
}

/** The codes of a table of reasons or notes, for a picklist. */
export function codesOf<Code extends string>(table: Readonly<Record<Code, unknown>>): readonly Code[] {
  return Object.keys(table) as Code[];
}

/** Longer data is cut in an error. */
const MAX_SHOWN = 60;

/** What a schema expects and what came, with the place. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const got = issue.received.length > MAX_SHOWN ? `${issue.received.slice(0, MAX_SHOWN)}…` : issue.received;
  if (issue.type === 'regex') return `expected pairs of hex digits as ${path}, got ${got}`;
  // of a field that is missing, `expected` is its own name
  if (issue.received === 'undefined' && path !== null) return `expected ${path}, got none`;
  return `expected ${issue.expected ?? 'something else'}${path === null ? '' : ` as ${path}`}, got ${got}`;
}
