/** The rows of the list: troubles of one kind are one row, which opens where they are several or in several sessions. */

import type { NumberedTrouble } from '../store/types.js';

/** Troubles of one kind. */
export interface TroubleRow {
  readonly key: string;
  /** The one that happened last. */
  readonly latest: NumberedTrouble;
  /** All of them, the one that happened last first. */
  readonly incidents: readonly NumberedTrouble[];
  /** In how many sessions. */
  readonly groups: number;
  /** How often, all together. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Whether it is one of those that a row has opened to. */
  readonly isPart: boolean;
}

/**
 * The rows, newest first.
 *
 * @param incidents each trouble once, oldest first
 * @param opened the keys of the rows that are open
 */
export function rowsOf(incidents: readonly NumberedTrouble[], opened: ReadonlySet<string>): TroubleRow[] {
  const kinds = new Map<string, NumberedTrouble[]>();
  for (let place = incidents.length - 1; place >= 0; place--) {
    const incident = incidents[place] as NumberedTrouble;
    const known = kinds.get(incident.code);
    if (known === undefined) kinds.set(incident.code, [incident]);
    else known.push(incident);
  }
  const rows: TroubleRow[] = [];
  for (const [key, all] of kinds) {
    rows.push(rowOf(key, all, false));
    if (all.length > 1 && opened.has(key))
      for (const each of all) rows.push(rowOf(`${key} ${each.incident} ${each.group}`, [each], true));
  }
  return rows;
}

function rowOf(key: string, incidents: readonly NumberedTrouble[], isPart: boolean): TroubleRow {
  let [count, firstMs, lastMs] = [0, Number.POSITIVE_INFINITY, 0];
  const groups = new Set<string>();
  for (const incident of incidents) {
    count += incident.count;
    firstMs = Math.min(firstMs, incident.firstMs);
    lastMs = Math.max(lastMs, incident.ms);
    groups.add(incident.group);
  }
  const latest = incidents[0] as NumberedTrouble;
  return { key, latest, incidents, groups: groups.size, count, firstMs, lastMs, isPart };
}
