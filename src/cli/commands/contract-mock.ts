/** Answers what a contract describes, in place of the program that will: from a table, from what was written, or with an echo. */

import type { Contract } from '../../contract/contract.js';
import { StatusError } from '../../protocol/errors.js';
import { STATUS_SERVICE_OR_DATA_UNKNOWN } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { Handler, Session } from '../../session/session.js';
import { DecodeError } from '../../wire/codec.js';
import { parseJson } from '../../wire/json.js';
import { assertFitsEntry, misfitOf } from '../contract/checks.js';
import { entryNamed, learnContract, type NamedEntry } from '../contract/entries.js';
import { InputError, UsageError } from '../errors.js';
import { MAX_TABLE_BYTES, readInput, textOf } from '../files.js';
import type { Io } from '../io.js';
import { asctime } from './asctime.js';
import { Store } from './store.js';

/** What to answer, by the names of a contract. */
export type Answers = Readonly<Record<string, JsonValue>>;

/**
 * Reads the file of `--answers`.
 *
 * @throws (rejects) UsageError for one that cannot be read, InputError for one that is no JSON object
 */
export async function readAnswers(file: string, io: Pick<Io, 'stdin' | 'interrupted'>): Promise<Answers> {
  const name = `The answers in ${JSON.stringify(file)}`;
  let answers: JsonValue;
  try {
    answers = parseJson(textOf(await readInput(file, io, MAX_TABLE_BYTES)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new InputError(`${name} are no JSON: ${error.message}`);
  }
  if (typeof answers !== 'object' || answers === null || Array.isArray(answers))
    throw new InputError(`${name} are no object of names and data`);
  return answers as Answers;
}

/** READ of this data id answers with the time, as without a contract. */
const TIME_DATA_ID = 0;

/** Stands in for the program that a contract describes; all sessions share what is written. */
export class ContractMock {
  readonly #contract: Contract;
  readonly #answers: ReadonlyMap<string, JsonValue>;
  readonly #timeoutMs: number;
  readonly #store = new Store();

  private constructor(contract: Contract, answers: ReadonlyMap<string, JsonValue>, timeoutMs: number) {
    this.#contract = contract;
    this.#timeoutMs = timeoutMs;
    this.#answers = answers;
    for (const [name, answer] of answers) {
      const { kind, dataId } = entryNamed(contract, name, 'request');
      if (kind === 'read') this.#store.write(dataId, answer);
    }
  }

  /**
   * Makes one.
   *
   * @param answers what to answer; where there is none, READ gives what was written and the others echo
   * @param timeoutMs how long a schema may take for its verdict, in milliseconds
   * @throws (rejects) UsageError for a name that the contract does not have, and for an answer that does not fit it
   */
  static async make(contract: Contract, answers: Answers, timeoutMs: number): Promise<ContractMock> {
    for (const [name, answer] of Object.entries(answers)) {
      const misfit = await misfitOf(entryNamed(contract, name, 'request'), 'output', answer, timeoutMs);
      if (misfit !== null) throw new UsageError(`--answers: ${misfit.message}`);
    }
    return new ContractMock(contract, new Map(Object.entries(answers)), timeoutMs);
  }

  /** Answers the requests of a session; what the contract does not have is unknown here. */
  serve(session: Session): void {
    learnContract(session, this.#contract);
    const unknown: Handler = () => {
      throw new StatusError(STATUS_SERVICE_OR_DATA_UNKNOWN);
    };
    session.onRead(null, unknown).onWrite(null, unknown).onExecute(null, unknown);
    for (const name of Object.keys(this.#contract.entries)) {
      const entry = entryNamed(this.#contract, name, 'request');
      session.onRequest(entry.requestSid, entry.dataId, this.#handlerOf(entry));
    }
  }

  #handlerOf(entry: NamedEntry): Handler {
    return async (data) => {
      // the session answers "callback error" to what does not fit, and logs why
      await assertFitsEntry(entry, 'input', data, this.#timeoutMs);
      const answer = this.#answerTo(entry, data);
      await assertFitsEntry(entry, 'output', answer, this.#timeoutMs);
      return answer;
    };
  }

  #answerTo({ name, kind, dataId }: NamedEntry, data: JsonValue): JsonValue {
    if (kind === 'read')
      return dataId === TIME_DATA_ID && !this.#store.has(dataId)
        ? asctime(new Date())
        : this.#store.read(dataId);
    if (kind === 'write') this.#store.write(dataId, data);
    return this.#answers.get(name) ?? (kind === 'write' ? null : data);
  }
}
