/** The answering side of a contract: handlers that get valid data, and whose answers are validated. */

import { unknownOption } from '../base/option-names.js';
import { describeKind } from '../base/options.js';
import { isThenable } from '../base/thenable.js';
import { promiseOf } from '../base/user-code.js';
import { OptionError } from '../protocol/errors.js';
import { STATUS_OKAY } from '../protocol/ids.js';
import type { Message } from '../protocol/message.js';
import { explainWhenOverdue } from '../session/answering/overdue.js';
import type { ContractHost } from '../session/contract-host.js';
import type { ContractEntries } from './contract.js';
import type { ContractEntry } from './entries.js';
import { EntryVerdicts } from './entry-verdicts.js';
import { type StandardSchema, type Verdict, validate } from './schema.js';
import { type AnsweringSide, hostOf } from './sides.js';

/** The handlers of a contract: one for each entry. */
export type ContractHandlers<Entries extends ContractEntries> = {
  readonly [Name in keyof Entries]: NonNullable<Entries[Name]['~types']>['handler'];
};

/** A handler, whatever its types. */
type AnyHandler = (value: unknown, message: Message) => unknown;

/** How handlers are registered. */
interface Handling {
  readonly register: (session: object) => void;
  readonly mayBePart: boolean;
}

/**
 * Registers handlers for the entries of a contract.
 *
 * @throws as `Contract.handle`
 */
export function handleAll(
  entries: ContractEntries,
  session: AnsweringSide,
  handlers: object,
  { register, mayBePart }: Handling,
): void {
  const found = checkedHandlers(entries, handlers, mayBePart);
  register(session);
  const host = hostOf(session);
  for (const [name, handler] of found) {
    const entry = entries[name];
    if (entry === undefined) continue;
    const answering = new Answering(name, entry, host, (value, message) =>
      handler.call(handlers, value, message),
    );
    session.registerCallback(entry.requestSid, entry.dataId, (message) => answering.answer(message));
  }
}

function checkedHandlers(
  entries: ContractEntries,
  handlers: object,
  mayBePart: boolean,
): readonly (readonly [name: string, handler: AnyHandler])[] {
  if (typeof handlers !== 'object' || handlers === null)
    throw new OptionError('handlers', 'an object with a function for each entry', describeKind(handlers));
  const names = Object.keys(entries);
  const given = names.map((name) => [name, Reflect.get(handlers, name) as AnyHandler | undefined] as const);
  const missing = given.filter(([, handler]) => handler === undefined).map(([name]) => name);
  if (missing.length > 0 && !mayBePart)
    throw new OptionError('handlers', 'a function for each entry', `none for ${missing.join(', ')}`);
  refuseUnknown(new Set(names), handlers);
  const found: [string, AnyHandler][] = [];
  for (const [name, handler] of given) {
    if (handler === undefined) continue;
    if (typeof handler !== 'function')
      throw new OptionError(`handlers.${name}`, 'a function', describeKind(handler));
    found.push([name, handler]);
  }
  return found;
}

/** An instance of a class may have whatever it needs; of an object that is written down, a misspelt name is a mistake. */
function refuseUnknown(names: ReadonlySet<string>, handlers: object): void {
  const prototype: unknown = Object.getPrototypeOf(handlers);
  const isPlain =
    prototype === null || !Object.hasOwn(prototype as object, 'constructor') || isRoot(prototype);
  const unknown = isPlain ? Object.keys(handlers).find((name) => !names.has(name)) : undefined;
  if (unknown !== undefined) throw unknownOption(unknown, names, 'handlers.');
}

function isRoot(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null;
}

/** Sent to nobody: the time was over before. */
const TOO_LATE: readonly [number, unknown] = [STATUS_OKAY, null];

/** Answers one entry. */
class Answering {
  readonly #entry: ContractEntry;
  readonly #host: ContractHost;
  readonly #handler: AnyHandler;
  readonly #verdicts: EntryVerdicts;

  constructor(name: string, entry: ContractEntry, host: ContractHost, handler: AnyHandler) {
    this.#entry = entry;
    this.#host = host;
    this.#handler = handler;
    this.#verdicts = new EntryVerdicts(name, host, 'from');
  }

  /**
   * Answers a request, as a callback does: with a status and data, now or later.
   *
   * @throws ValidationError, and what the handler throws
   */
  answer(message: Message): unknown {
    const { input, output } = this.#entry;
    let waitsFor: 'input' | 'handler' | 'output' = 'input';
    let isOver = false;
    const result = after(verdictOn(input, message.data), (verdict) => {
      if (isOver) return TOO_LATE;
      const value = this.#verdicts.accept('input', verdict, message);
      waitsFor = 'handler';
      return after(this.#handler(value, message), (given) => {
        if (isOver) return TOO_LATE;
        const data = given === undefined ? null : given;
        waitsFor = 'output';
        return after(verdictOn(output, data), (ofAnswer) => {
          if (isOver) return TOO_LATE;
          this.#verdicts.accept('output', ofAnswer, message);
          return [STATUS_OKAY, data];
        });
      });
    });
    if (isThenable(result)) {
      explainWhenOverdue(result, () => {
        isOver = true;
        if (waitsFor === 'handler') return undefined;
        const timeoutMs = this.#host.callbackTimeoutMs;
        return this.#verdicts.error(waitsFor, { reason: 'schema-timeout', timeoutMs }, message);
      });
    }
    return result;
  }
}

function verdictOn(schema: StandardSchema | undefined, value: unknown): Verdict | Promise<Verdict> {
  return schema === undefined ? { value } : validate(schema, value);
}

/** What comes after a value: at once, or when its promise has resolved. */
function after<T>(value: T | PromiseLike<T>, next: (value: T) => unknown): unknown {
  return isThenable(value) ? promiseOf(value).then((resolved) => next(resolved as T)) : next(value as T);
}
