/** What has changed between two values of the same data: each place with what was there and what is there now. */

/** How to get to a place in nested data: names and positions. */
export type Path = readonly (string | number)[];

/** One place that differs; without `before` it is new, without `after` it is gone. */
export interface Difference {
  readonly path: Path;
  readonly before?: unknown;
  readonly after?: unknown;
}

/**
 * Finds the places that differ, the deepest that say it: lists are compared position by position.
 *
 * @param before JSON data
 * @param after JSON data
 */
export function differencesOf(before: unknown, after: unknown, path: Path = []): Difference[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const places = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
    return places.flatMap((index) =>
      inPlace(at(before, index, before.length), at(after, index, after.length), [...path, index]),
    );
  }
  if (isRecord(before) && isRecord(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => inPlace(field(before, name), field(after, name), [...path, name]));
  }
  return [{ path, before, after }];
}

/** A value that may not be there. */
type Place = { readonly value: unknown } | null;

function inPlace(before: Place, after: Place, path: Path): Difference[] {
  if (before !== null && after !== null) return differencesOf(before.value, after.value, path);
  if (before !== null) return [{ path, before: before.value }];
  return after === null ? [] : [{ path, after: after.value }];
}

function at(list: readonly unknown[], index: number, length: number): Place {
  return index < length ? { value: list[index] } : null;
}

function field(record: Readonly<Record<string, unknown>>, name: string): Place {
  return Object.hasOwn(record, name) ? { value: record[name] } : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A path as programs have it: `.sensors[2]."air pressure"`; empty where all has changed. */
export function textOfPath(path: Path): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(step) ? `.${step}` : `.${JSON.stringify(step)}`;
    })
    .join('');
}
