/** The changelog at a release: what was unreleased gets its version and its day. */

/** Where the changes stand that no release has. */
const UNRELEASED = /^## (\d+\.\d+\.\d+\S*) \(unreleased\)$/m;

/**
 * The text of the changelog with the unreleased part under a version and a day.
 *
 * @param text the changelog
 * @param version the version, such as `0.2.0`
 * @param day the day, such as `2026-11-30`
 * @throws Error where nothing is unreleased, or the part is empty
 */
export function releasedChangelog(text: string, version: string, day: string): string {
  const heading = UNRELEASED.exec(text);
  if (heading === null)
    throw new Error('CHANGELOG.md has no heading "## x.y.z (unreleased)"; add it with what changed');
  if (changesOf(text, heading) === '')
    throw new Error(`CHANGELOG.md says nothing below "${heading[0]}"; write what users notice`);
  return text.replace(UNRELEASED, `## ${version} (${day})`);
}

/** What stands below a heading, up to the next of its kind. */
function changesOf(text: string, heading: RegExpExecArray): string {
  const below = text.slice(heading.index + heading[0].length);
  const end = below.search(/^## /m);
  return (end === -1 ? below : below.slice(0, end)).trim();
}
