/** The entries of a contract: what can be asked, under which ids, with which data. */

import { describeKind } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import {
  SID__NAMES,
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
} from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import { idArgument } from '../session/arguments.js';
import type { RequestOptions } from '../session/request-options.js';
import { type SchemaInput, type SchemaOutput, type StandardSchema, schemaArgument } from './schema.js';

/** What kind of request an entry is. */
export type EntryKind = 'read' | 'write' | 'execute' | 'request';

/** Types of an entry: its method of a client, and its handler. */
export interface EntryTypes {
  readonly call: (...args: never) => Promise<unknown>;
  readonly handler: (...args: never) => unknown;
}

/** One thing that can be asked; `read`, `write`, `execute` and `request` make them. */
export interface ContractEntry<Types extends EntryTypes = EntryTypes> {
  readonly kind: EntryKind;
  /** The service id of its requests. */
  readonly requestSid: number;
  /** The service id of its answers. */
  readonly responseSid: number;
  readonly dataId: number;
  /** The schema of the data of a request; undefined for a read, and where any data may be sent. */
  readonly input: StandardSchema | undefined;
  /** The schema of the data of an answer; undefined where any data may be sent. */
  readonly output: StandardSchema | undefined;
  /** Never there: it carries the types. */
  readonly '~types'?: Types;
}

/** The method of a client: what a request takes may be left out where it can be null. */
type Call<Sent, Got> = null extends Sent
  ? (value?: Sent, options?: RequestOptions) => Promise<Got>
  : (value: Sent, options?: RequestOptions) => Promise<Got>;

/** Answers one entry; `message` is the request as it came. */
type Handler<Got, Answer> = (value: Got, message: Message) => Answer | PromiseLike<Answer>;

/** Data of a message without a schema. */
type Untyped = StandardSchema<unknown, JsonValue>;

/** What an entry makes of its schemas. */
type Entry<Input extends StandardSchema, Output extends StandardSchema> = ContractEntry<{
  readonly call: Call<SchemaInput<Input>, SchemaOutput<Output>>;
  readonly handler: Handler<SchemaOutput<Input>, SchemaInput<Output>>;
}>;

/** As `Entry`, of a read. */
type ReadEntry<Output extends StandardSchema> = ContractEntry<{
  readonly call: (options?: RequestOptions) => Promise<SchemaOutput<Output>>;
  readonly handler: Handler<JsonValue, SchemaInput<Output>>;
}>;

/**
 * Data that can be read.
 *
 * @param dataId its id
 * @param output the schema of the data; nothing where it may be any
 * @throws OptionError for an id that no message can carry, or a schema that is none
 *
 * @example
 * ```ts
 * import { contract, read } from 'socket-protocol';
 * import * as z from 'zod';
 *
 * export const clock = contract({ time: read(0, z.iso.datetime()) });
 * ```
 */
export function read<Output extends StandardSchema = Untyped>(
  dataId: number,
  output?: Output,
): ReadEntry<Output> {
  return entryOf('read', SID_READ_REQUEST, SID_READ_RESPONSE, dataId, undefined, output);
}

/**
 * Data that can be written.
 *
 * @param dataId its id
 * @param input the schema of the data; nothing where it may be any
 * @param output the schema of what the answer carries; nothing where it may be anything
 * @throws OptionError for an id that no message can carry, or a schema that is none
 *
 * @example
 * ```ts
 * import { contract, write } from 'socket-protocol';
 * import * as z from 'zod';
 *
 * export const lamp = contract({ brightness: write(1, z.number().max(1)) });
 * ```
 */
export function write<Input extends StandardSchema = Untyped, Output extends StandardSchema = Untyped>(
  dataId: number,
  input?: Input,
  output?: Output,
): Entry<Input, Output> {
  return entryOf('write', SID_WRITE_REQUEST, SID_WRITE_RESPONSE, dataId, input, output);
}

/**
 * Something that can be executed.
 *
 * @param dataId its id
 * @param input the schema of its argument; nothing where it may be any
 * @param output the schema of its result; nothing where it may be anything
 * @throws OptionError for an id that no message can carry, or a schema that is none
 *
 * @example
 * ```ts
 * import { contract, execute } from 'socket-protocol';
 * import * as z from 'zod';
 *
 * export const machine = contract({ reboot: execute(2, z.object({ delay: z.number() }), z.boolean()) });
 * ```
 */
export function execute<Input extends StandardSchema = Untyped, Output extends StandardSchema = Untyped>(
  dataId: number,
  input?: Input,
  output?: Output,
): Entry<Input, Output> {
  return entryOf('execute', SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE, dataId, input, output);
}

/**
 * A request to a service of your own.
 *
 * @param requestSid the service id of its requests
 * @param responseSid the service id of its answers
 * @param dataId the data id
 * @param input the schema of the data of a request; nothing where it may be any
 * @param output the schema of the data of an answer; nothing where it may be any
 * @throws OptionError for an id that no message can carry or that the protocol has taken, or a schema that is none
 *
 * @example
 * ```ts
 * import { contract, request } from 'socket-protocol';
 * import * as z from 'zod';
 *
 * export const scale = contract({ calibrate: request(100, 101, 0, z.number(), z.number()) });
 * ```
 */
export function request<Input extends StandardSchema = Untyped, Output extends StandardSchema = Untyped>(
  requestSid: number,
  responseSid: number,
  dataId: number,
  input?: Input,
  output?: Output,
): Entry<Input, Output> {
  const sids = [ownSid('requestSid', requestSid), ownSid('responseSid', responseSid)] as const;
  if (requestSid === responseSid)
    throw new OptionError('responseSid', 'another id than that of the requests', `${responseSid} for both`);
  return entryOf('request', ...sids, dataId, input, output);
}

function ownSid(name: string, value: unknown): number {
  const sid = idArgument(name, value);
  const taken = SID__NAMES[sid];
  if (taken === undefined) return sid;
  throw new OptionError(name, 'a service id of your own', `${sid}, which is the ${taken}`);
}

function entryOf<Types extends EntryTypes>(
  kind: EntryKind,
  requestSid: number,
  responseSid: number,
  dataId: number,
  input: unknown,
  output: unknown,
): ContractEntry<Types> {
  return Object.freeze({
    kind,
    requestSid,
    responseSid,
    dataId: idArgument('dataId', dataId),
    input: schemaArgument('input', input),
    output: schemaArgument('output', output),
  });
}

const KINDS: readonly unknown[] = ['read', 'write', 'execute', 'request'] satisfies readonly EntryKind[];

/**
 * An entry, of whichever copy of this library.
 *
 * @throws OptionError for anything else
 */
export function entryArgument(name: string, value: unknown): ContractEntry {
  const fields = value as ContractEntry | null | undefined;
  if (typeof fields === 'object' && fields !== null && KINDS.includes(fields.kind)) return fields;
  throw new OptionError(
    name,
    'an entry made by read(), write(), execute() or request()',
    describeKind(value),
  );
}
