/** The values that the rows have, counted as they come and go: what a filter can be completed with. */

import { counted } from '../store/texts.js';
import { messageOf, serviceOf, statusOf, troubleWordOf } from './row-facts.js';
import type { Row, RowListener } from './rows.js';
import { countIn, countsIn } from './statistics.js';
import type { KnownValues } from './suggestions.js';

export class KnownRows implements RowListener {
  readonly #counts = {
    service: new Map<string, number>(),
    data: new Map<string, number>(),
    session: new Map<string, number>(),
    status: new Map<string, number>(),
    trouble: new Map<string, number>(),
    codec: new Map<string, number>(),
  };

  /** By field, the most frequent first. */
  get values(): KnownValues {
    return Object.fromEntries(
      Object.entries(this.#counts).map(([field, counts]) => [
        field,
        countsIn(counts).map(({ name, count }) => ({
          value: name,
          hint: counted(count, 'row'),
        })),
      ]),
    );
  }

  added(row: Row): void {
    this.#count(row, 1);
  }

  changing(row: Row): void {
    this.#count(row, -1);
  }

  changed(row: Row): void {
    this.#count(row, 1);
  }

  forgotten(rows: readonly Row[]): void {
    for (const row of rows) this.#count(row, -1);
  }

  #count(row: Row, by: 1 | -1): void {
    const { service, data, session, status, trouble, codec } = this.#counts;
    countIn(session, row.group, by);
    const word = troubleWordOf(row);
    if (word !== '') countIn(trouble, word, by);
    const found = statusOf(row);
    if (found !== null) countIn(status, found.name, by);
    if ('codec' in row.first) countIn(codec, row.first.codec, by);
    const message = messageOf(row);
    if (message === null) return;
    countIn(service, serviceOf(row), by);
    countIn(data, message.names.data, by);
  }
}
