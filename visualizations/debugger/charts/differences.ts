/** What a step has changed in the context of an actor. */

/** A value of a context. */
export interface Value {
  /** Where it is: `limits.seeds`. */
  readonly path: string;
  readonly value: string;
}

/** A value that is another one now. */
export interface Difference {
  readonly path: string;
  /** Null: there was none, or there is none any more. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What changed, and what did not. */
export interface Compared {
  readonly changed: readonly Difference[];
  readonly same: readonly Value[];
}

/**
 * Compares two contexts, value by value; a list is one value.
 *
 * @param before null: there was no context before
 */
export function differences(before: unknown, after: unknown): Compared {
  const now = valuesOf(after);
  if (before === null || before === undefined)
    return { changed: [], same: [...now].map(([path, value]) => ({ path, value })) };
  const then = valuesOf(before);
  const changed: Difference[] = [];
  const same: Value[] = [];
  for (const [path, value] of now) {
    const old = then.get(path) ?? null;
    if (old === value) same.push({ path, value });
    else changed.push({ path, before: old, after: value });
  }
  for (const [path, value] of then) if (!now.has(path)) changed.push({ path, before: value, after: null });
  return { changed, same };
}

function valuesOf(value: unknown, path = ''): Map<string, string> {
  if (value === null || value === undefined || typeof value !== 'object' || Array.isArray(value))
    return path === '' && (value === null || value === undefined)
      ? new Map()
      : new Map([[path, JSON.stringify(value) ?? 'undefined']]);
  const members = Object.entries(value);
  if (members.length === 0) return path === '' ? new Map() : new Map([[path, '{}']]);
  return new Map(
    members.flatMap(([name, member]) => [...valuesOf(member, path === '' ? name : `${path}.${name}`)]),
  );
}
