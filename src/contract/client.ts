/** The asking side of a contract: methods that validate what they send and what they get. */

import { errorOfStatus } from '../protocol/error-of-status.js';
import { STATUS_OKAY } from '../protocol/ids.js';
import type { ContractHost } from '../session/contract-host.js';
import { NO_OPTIONS, type RequestOptions } from '../session/request-options.js';
import type { ContractEntries } from './contract.js';
import type { ContractEntry } from './entries.js';
import { EntryVerdicts } from './entry-verdicts.js';
import { type Verdict, validate } from './schema.js';
import { type AskingSide, hostOf } from './sides.js';
import { type Budget, budgetOf } from './waiting.js';

/** The methods of a client: one for each entry of its contract. */
export type ContractClient<Entries extends ContractEntries> = {
  readonly [Name in keyof Entries]: NonNullable<Entries[Name]['~types']>['call'];
};

/** A client: one method for each entry. */
export function clientOf<Entries extends ContractEntries>(
  entries: Entries,
  side: AskingSide,
): ContractClient<Entries> {
  const host = hostOf(side);
  const client: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(entries))
    client[name] = methodOf(entry, new Asking(name, entry, side, host));
  return Object.freeze(client) as ContractClient<Entries>;
}

type Method = (...args: [value?: unknown, options?: RequestOptions]) => Promise<unknown>;

function methodOf({ kind }: ContractEntry, asking: Asking): Method {
  if (kind === 'read') return (options) => asking.ask(null, options as RequestOptions | undefined);
  return (value, options) => asking.ask(value, options);
}

/** Asks for one entry. */
class Asking {
  readonly #name: string;
  readonly #entry: ContractEntry;
  readonly #side: AskingSide;
  readonly #host: ContractHost;
  readonly #ids: { readonly serviceId: number; readonly dataId: number };
  readonly #verdicts: EntryVerdicts;

  constructor(name: string, entry: ContractEntry, side: AskingSide, host: ContractHost) {
    this.#name = name;
    this.#entry = entry;
    this.#side = side;
    this.#host = host;
    this.#ids = { serviceId: entry.requestSid, dataId: entry.dataId };
    this.#verdicts = new EntryVerdicts(name, host, 'of');
  }

  /**
   * Sends a request whose data fits, and resolves with what the schema makes of the answer.
   *
   * @throws (rejects) ValidationError, and what `request` of the session rejects with
   */
  async ask(value: unknown, options: RequestOptions = NO_OPTIONS): Promise<unknown> {
    const { kind, requestSid, dataId, input, output } = this.#entry;
    if (kind === 'write' && value === undefined && input === undefined)
      throw new TypeError(`${this.#name} needs data; null stands for none`);
    const data = value === undefined ? null : value;
    const startMs = this.#host.clock.now();
    let left = options;
    if (input !== undefined) {
      const verdict = validate(input, data);
      if (verdict instanceof Promise) {
        const budget = budgetOf(this.#host, this.#side, options, requestSid, startMs);
        this.#accept('input', await this.#settled('input', verdict, budget));
        left = budget.optionsLeft();
      } else this.#accept('input', verdict);
    }
    // what was given travels, and not what the schema made of it: the peer has a schema for that
    const answer = await this.#side.request(requestSid, dataId, data, left);
    if (answer.status !== STATUS_OKAY)
      throw errorOfStatus(answer, this.#host.statusName(answer.status), this.#verdicts.asked(this.#ids));
    if (output === undefined) return answer.data;
    const verdict = validate(output, answer.data);
    if (!(verdict instanceof Promise)) return this.#accept('output', verdict);
    const budget = budgetOf(this.#host, this.#side, options, requestSid, startMs);
    return this.#accept('output', await this.#settled('output', verdict, budget));
  }

  /** The verdict of a schema that takes its time, within that of the request. */
  #settled(side: 'input' | 'output', verdict: Promise<Verdict>, budget: Budget): Promise<Verdict> {
    return budget.wait(verdict, {
      overdue: (timeoutMs) => this.#verdicts.error(side, { reason: 'schema-timeout', timeoutMs }, this.#ids),
      asked: () => this.#verdicts.asked(this.#ids),
    });
  }

  #accept(side: 'input' | 'output', verdict: Verdict): unknown {
    return this.#verdicts.accept(side, verdict, this.#ids);
  }
}
