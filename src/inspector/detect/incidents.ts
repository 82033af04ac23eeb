/** The troubles of one group: what happens again is the same incident, and is told once a second at most, unless it says otherwise. */

import type { TroubleEntry } from '../entries.js';
import type { TroubleCode } from '../troubles.js';

/** A trouble without what every one has. */
export type Trouble = Omit<TroubleEntry, 'kind' | 'group' | 'isTrouble'>;

/** What a person needs to hear of a trouble. */
export type About = TroubleEntry['about'];

/** A trouble that has just happened, perhaps again. */
export interface Happening {
  readonly code: TroubleCode;
  /** What else it takes to be the same trouble, such as the ids of a request. */
  readonly key?: string;
  readonly text: string;
  readonly about?: About;
  readonly exchange?: number | null;
  /** The incident that explains it; null: none does. */
  readonly coveredBy?: number | null;
  /** How often it is told in a second, where each is worth it; once unless given. */
  readonly perSecond?: number;
}

/** In this time, an incident is told as often as it may be (`perSecond`). */
const PACE_MS = 1_000;
/** More different troubles than this in one group are counted by their codes alone; as many may be explained by others. */
const MAX_INCIDENTS = 256;
/** A device that reconnects all day has a loss each time, which the first of them explains: so many are still known. */
const MAX_EXPLAINED = 64;

/** A trouble, and how much of it is told. */
interface Incident {
  readonly number: number;
  readonly firstMs: number;
  readonly key: string;
  count: number;
  latest: Happening;
  coveredBy: number | null;
  /** When the second began in which so many were told. */
  secondMs: number;
  toldInSecond: number;
}

/** Counts, paces and tells. */
export class Incidents {
  readonly #byKey = new Map<string, Incident>();
  readonly #byNumber = new Map<number, Incident>();
  /** Those of which something is untold. */
  readonly #untold = new Set<Incident>();
  /** The numbers of those that were told before another explained them, oldest first. */
  readonly #explained: number[] = [];
  /** How many keys there are of troubles that need a line of their own, and of others. */
  readonly #keys = { own: 0, covered: 0 };
  #last = 0;

  /**
   * A trouble happened.
   *
   * @param ms when
   * @returns the number of its incident
   */
  happened(happening: Happening, ms: number): number {
    const incident = this.#incidentOf(happening, ms);
    incident.count++;
    this.#changed(incident, happening, ms);
    return incident.number;
  }

  /** More is known of an incident: its text and figures change, its count does not. */
  learned(number: number, more: Pick<Happening, 'text'> & { readonly about: About }, ms: number): void {
    const incident = this.#byNumber.get(number);
    if (incident === undefined) return;
    const { latest } = incident;
    const about = { ...latest.about, ...more.about };
    this.#changed(incident, { ...latest, coveredBy: incident.coveredBy, text: more.text, about }, ms);
  }

  /** What is known of an incident so far. */
  aboutOf(number: number): About {
    return this.#byNumber.get(number)?.latest.about ?? {};
  }

  /** From now on another incident explains these; what happens of their kind later is a trouble of its own again. */
  cover(numbers: Iterable<number>, by: number): void {
    for (const number of numbers) {
      const incident = this.#byNumber.get(number);
      if (incident === undefined || number === by || incident.coveredBy !== null) continue;
      incident.coveredBy = by;
      if (this.#byKey.delete(incident.key)) this.#keys.own--;
      incident.toldInSecond = 0;
      this.#untold.add(incident);
      this.#explained.push(number);
      this.#forgetExplained();
    }
  }

  /** An incident is over: the same trouble is another one from now on, and its place is free. */
  forget(number: number): void {
    const incident = this.#byNumber.get(number);
    if (incident === undefined) return;
    this.#byNumber.delete(number);
    if (this.#byKey.get(incident.key) !== incident) return;
    this.#byKey.delete(incident.key);
    this.#keys[incident.coveredBy === null ? 'own' : 'covered']--;
  }

  #forgetExplained(): void {
    if (this.#explained.length <= MAX_EXPLAINED) return;
    const number = this.#explained.shift();
    if (number !== undefined) this.#byNumber.delete(number);
  }

  /**
   * What is to be told now.
   *
   * @param ms the time; infinite: everything that is untold
   */
  take(ms: number): Trouble[] {
    if (this.#untold.size === 0) return [];
    const troubles: Trouble[] = [];
    for (const incident of this.#untold) {
      if (!this.#mayTell(incident, ms)) continue;
      this.#untold.delete(incident);
      incident.toldInSecond++;
      troubles.push(troubleOf(incident));
    }
    return troubles;
  }

  #incidentOf({ code, key = '', coveredBy = null }: Happening, ms: number): Incident {
    // one that is explained is not the same as one that is not
    const full = `${code} ${key} ${coveredBy ?? ''}`;
    const known = this.#byKey.get(full);
    if (known !== undefined) return known;
    const kind = coveredBy === null ? 'own' : 'covered';
    const isFull = this.#keys[kind] >= MAX_INCIDENTS;
    const short = `${code} … ${coveredBy === null ? '' : 'covered'}`;
    const others = isFull ? this.#byKey.get(short) : undefined;
    if (others !== undefined) return others;
    const incident: Incident = {
      number: ++this.#last,
      firstMs: ms,
      key: isFull ? short : full,
      count: 0,
      latest: { code, text: '' },
      coveredBy,
      secondMs: ms,
      toldInSecond: 0,
    };
    this.#keys[kind]++;
    this.#byKey.set(incident.key, incident);
    this.#byNumber.set(incident.number, incident);
    return incident;
  }

  #changed(incident: Incident, happening: Happening, ms: number): void {
    incident.latest = happening;
    incident.coveredBy = happening.coveredBy ?? incident.coveredBy;
    beginSecond(incident, ms);
    this.#untold.add(incident);
  }

  #mayTell(incident: Incident, ms: number): boolean {
    beginSecond(incident, ms);
    return incident.toldInSecond < (incident.latest.perSecond ?? 1);
  }
}

/** Begins the next second of an incident, if the last one is over. */
function beginSecond(incident: Incident, ms: number): void {
  if (ms - incident.secondMs < PACE_MS) return;
  incident.secondMs = ms;
  incident.toldInSecond = 0;
}

function troubleOf({ number, count, firstMs, latest, coveredBy }: Incident): Trouble {
  const { code, text, about = {}, exchange = null } = latest;
  return { code, text, exchange, incident: number, count, firstMs, coveredBy, about };
}
