/** Versions, as far as a release needs them. */

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$/;

/**
 * Whether a version comes after another, or is the first that is released.
 *
 * @param next the version that is about to be released
 * @param last the version of package.json
 * @param isLastReleased whether there is a tag for `last`
 * @throws Error where one is no version
 */
export function comesAfter(next: string, last: string, isLastReleased: boolean): boolean {
  const order = compare(parse(next), parse(last));
  return isLastReleased ? order > 0 : order >= 0;
}

interface Version {
  readonly numbers: readonly number[];
  readonly suffix: string | null;
}

function parse(text: string): Version {
  const [, major, minor, patch, suffix = null] = VERSION.exec(text) ?? [];
  if (major === undefined)
    throw new Error(`${JSON.stringify(text)} is not a version such as 1.2.3 or 1.2.3-beta.1`);
  return { numbers: [major, minor, patch].map(Number), suffix };
}

function compare(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.suffix === b.suffix) return 0;
  // what has a suffix comes before what has none
  if (a.suffix === null) return 1;
  if (b.suffix === null) return -1;
  return a.suffix.localeCompare(b.suffix, 'en', { numeric: true });
}
