/** What stands where a view of one session has nothing to show. */

/**
 * Says why, and what to do.
 *
 * @param props the session that the view is about, null where there is none; what would be here; why it is not
 */
export function Nothing({ group, what, why }: { group: string | null; what: string; why: string }) {
  return (
    <p class="quiet pad">
      {group === null
        ? `No session so far: its ${what} appear here.`
        : `There are no ${what} of ${group} here. ${why} Choose another session in the list of sessions.`}
    </p>
  );
}
