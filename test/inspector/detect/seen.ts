/** What somebody sees who only reads along: a proxy, with messages, drops and notes alone. */

import type { IncomingEntry, NoteEntry } from '../../../src/inspector/entries.js';
import { InspectorHub } from '../../../src/inspector/hub.js';
import { noteEntry } from '../../../src/inspector/index.js';
import type { TroubleOf } from '../../support/watched-pair.js';

export type Side = 'client' | 'server';

/** A connection of a proxy in a debugger without a page. */
export class Seen {
  ms = 0;
  readonly #hub = new InspectorHub(10_000, () => this.ms);

  #add(entry: IncomingEntry): void {
    this.#hub.add(entry);
  }

  message(from: Side, serviceId: number, dataId = 0, data: unknown = null, status = 0): void {
    this.#add({
      kind: 'message',
      group: 'connection 1',
      from,
      serviceId,
      dataId,
      status,
      names: { service: `service ${serviceId}`, data: String(dataId), status: String(status) },
      data,
      codec: 'pure_json',
      hex: null,
      hiddenBytes: 0,
      isTrouble: status !== 0,
    });
  }

  refused(from: Side, readableAs: string | null): void {
    this.#add({
      kind: 'drop',
      group: 'connection 1',
      from,
      reason: 'checksum',
      detail: 'a wrong checksum',
      readableAs,
      codec: 'pure_json',
      hex: '00 01 02',
      hiddenBytes: 0,
      isTrouble: true,
    });
  }

  /** Bytes that are no message: noise, or a frame without its end. */
  bytes(
    from: Side,
    hex: string | null,
    reason: 'noise' | 'unfinished' | 'restarted' = 'noise',
    hidden = 0,
  ): void {
    this.#add({
      kind: 'drop',
      group: 'connection 1',
      from,
      reason,
      detail: 'as the reader of the stream has it',
      readableAs: null,
      codec: 'pure_json',
      hex,
      hiddenBytes: hidden,
      isTrouble: true,
    });
  }

  hungUp(from: Side): void {
    this.note('hung-up', null, from);
  }

  failed(from: Side, reason: 'connection-reset' | 'connection-refused'): void {
    this.note('connection-failed', reason, from);
  }

  note(code: NoteEntry['code'], reason: NoteEntry['reason'], from?: Side): void {
    this.#add(noteEntry({ group: 'connection 1', code, reason, from, text: 'as it was noted' }));
  }

  passes(ms: number): void {
    const end = this.ms + ms;
    for (; this.ms < end; this.ms += 1_000) this.#hub.sweep();
    this.ms = end;
    this.#hub.sweep();
  }

  /** Each trouble as it was told last. */
  get all(): TroubleOf[] {
    const latest = new Map<number, TroubleOf>();
    for (const entry of this.#hub.troubles) if (entry.kind === 'trouble') latest.set(entry.incident, entry);
    return [...latest.values()];
  }

  /** Those that no other explains. */
  get told(): TroubleOf[] {
    return this.all.filter(({ coveredBy }) => coveredBy === null);
  }

  /** The codes of those that no other explains. */
  get codes(): string[] {
    return this.told.map(({ code }) => code);
  }
}

/** Service ids of requests; that of the answer is one more. */
export const [SEED, READ, NAME] = [0, 10, 8];

/** The two have spoken with each other. */
export function spoken(): Seen {
  const seen = new Seen();
  seen.message('client', NAME);
  seen.message('server', NAME + 1);
  seen.ms += 10;
  return seen;
}
