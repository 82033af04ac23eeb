/** What the flight recorder of a session gives out, and who hears of failures. */

import type { LinkReason, Reason } from '../protocol/reasons.js';
import { type FailureKind, type FailureNote, FailurePace, kindOfLoss } from './flight/failures.js';
import type { Failure, FlightRecord } from './flight/flight-record.js';
import { entriesOf } from './flight/read-entries.js';
import type { FailureSink } from './internals.js';
import type { SessionSettings } from './options.js';
import { portraitOf } from './portrait.js';
import type { Wiring } from './wiring.js';

/** What the recorder of a session has now; null: it is off. */
export function flightRecordOf(wiring: Wiring): FlightRecord | null {
  const { journal, comm, settings, asking, actor } = wiring;
  const { flight } = journal;
  if (flight === null) return null;
  const { peer, state, connection, authentication, isTrusted, pending } = portraitOf(wiring);
  const channelName = stateOf(actor.getSnapshot().children['channelName']);
  return {
    version: 1,
    sessionId: journal.sessionId,
    role: journal.role,
    peerAddress: comm.peerAddress ?? asking.lastPeerAddress ?? peer,
    peerName: journal.peerName,
    channelName: journal.channelName,
    codec: settings.codec.name,
    versions: { node: process.version, platform: `${process.platform} ${process.arch}` },
    takenMs: flight.time(),
    states: { session: state, connection, authentication, ...channelName },
    isTrusted,
    pending,
    limits: limitsOf(settings),
    counters: journal.counters,
    signsOfLife: flight.signsOfLife,
    overwritten: flight.ring.added - flight.ring.size,
    entries: entriesOf(flight, journal.vocabulary),
  };
}

function stateOf(child: { getSnapshot(): object } | undefined): { channelName?: string } {
  const { value } = (child?.getSnapshot() ?? {}) as { value?: unknown };
  return typeof value === 'string' ? { channelName: value } : {};
}

/** All settings that are finite numbers; JSON has no others. */
function limitsOf(settings: SessionSettings): Record<string, number> {
  const { trusted, untrusted, badInputLimits, bufferLimits, ...others } = settings;
  const untrustedLimits = Object.entries(untrusted).map(([name, value]) => [`untrusted.${name}`, value]);
  const all = [...Object.entries({ ...others, ...trusted, ...badInputLimits }), ...untrustedLimits];
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value))) as Record<string, number>;
}

/** The failures of one session. Records are built only where something listens. */
export class Failures {
  readonly #wiring: Wiring;
  readonly #sink: FailureSink | null;
  #pace: FailurePace | null = null;
  /** Those of the current step. */
  #later: FailureNote[] | null = null;

  constructor(wiring: Wiring, sink: FailureSink | null) {
    this.#wiring = wiring;
    this.#sink = sink;
  }

  /** A link is gone. */
  linkLost(reason: LinkReason, detail: string): void {
    const { inLine, ghosts } = this.#wiring.asking.counts;
    const lost = inLine - ghosts;
    const kind = kindOfLoss(reason, lost);
    if (kind === null) return;
    const requests = lost === 0 ? '' : `requests that were sent and not answered: ${lost}`;
    this.happened(kind, reason, [requests, detail].filter((part) => part !== '').join('; '));
  }

  /** Something failed; who listens hears of it when the step is complete. */
  happened(kind: FailureKind, reason: Reason | null, detail: string): void {
    const { flight } = this.#wiring.journal;
    if (flight === null || !(this.#isHeard || this.#sink?.wants(kind) === true)) return;
    const suppressed = (this.#pace ??= new FailurePace()).admit(kind, flight.time());
    if (suppressed === null) return;
    (this.#later ??= []).push({ kind, reason, detail, suppressed });
  }

  /** A step is complete. */
  tell(): void {
    if (this.#later === null) return;
    const notes = this.#later;
    this.#later = null;
    const record = flightRecordOf(this.#wiring);
    if (record === null) return;
    for (const note of notes) {
      const failure: Failure = { ...note, record };
      this.#sink?.take(failure);
      if (this.#isHeard) this.#wiring.journal.announce('failure', failure);
    }
  }

  get #isHeard(): boolean {
    return this.#wiring.journal.hasListener('failure');
  }
}
