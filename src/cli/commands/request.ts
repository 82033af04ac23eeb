/** `request`: a request to any service, once or several times. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Contract } from '../../contract/contract.js';
import type { JsonValue } from '../../protocol/message.js';
import { parseCount, parseDataId, parseInterval, parseServiceId } from '../arguments.js';
import { assertFitsEntry } from '../contract/checks.js';
import { entryNamed, entryOf, hasService, type NamedEntry } from '../contract/entries.js';
import { contractOf } from '../contract/option.js';
import { DATA_HELP, dataOf } from '../data.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { fieldsOf, jsonLine, jsonText } from '../output.js';
import { ProgressMeter } from '../progress.js';
import { assertFits, assertOkay, assertService, isBuiltIn } from '../requests.js';
import { examples } from './common.js';
import { withFailureRecords } from './peer.js';
import { type Line, type TargetOptions, targetCommand, withTarget } from './target.js';

interface RequestArguments extends TargetOptions {
  readonly response?: number;
  readonly repeat: number;
  readonly interval: number;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  withFailureRecords(
    targetCommand(
      program,
      'request',
      'send a request to any service and print the answer as one line of JSON',
    ),
  )
    .argument('<service-id>', 'the service id of the request, or with --contract a name')
    .argument('[data-id]', 'the data id; a name stands for both ids')
    .argument('[json]', DATA_HELP)
    .option(
      '--response <id>',
      'the service id of the response (default: the next one after the request)',
      parseServiceId,
    )
    .option('--repeat <n>', 'how many times', parseCount, 1)
    .option('--interval <ms>', 'the pause between two requests, in milliseconds', parseInterval, 0)
    .addHelpText(
      'after',
      examples(
        'request 127.0.0.1:17017 10 0',
        `request 127.0.0.1:17017 100 7 '{"on": true}' --repeat 10 --interval 500`,
        `request 127.0.0.1:17017 calibrate '{"offset": 3}' --contract thermostat.mjs`,
      ),
    )
    .action(async (target, service, data, json, options: RequestArguments) => {
      const { response, repeat, interval } = options;
      const contract = await contractOf(options);
      const asked = await questionOf([service, data, json], response, contract, io);
      assertFits(asked.dataId, options);
      if (asked.entry !== undefined) await assertFitsEntry(asked.entry, 'input', asked.data, options.timeout);
      const { serviceId } = asked;
      const isKnown = isBuiltIn(serviceId) || (contract !== undefined && hasService(contract, serviceId));
      const own = isKnown ? undefined : ([serviceId, response ?? serviceId + 1] as const);
      await withTarget({ target, contract, service: own }, options, io, async (line) => {
        await repeatedly(repeat, interval, io, () => printAnswer(line, asked, options, io));
      });
    });
}

/** What is asked, as ids and a name, or as a name that stands for both ids. */
async function questionOf(
  [service, second, third]: readonly [service: string, second?: string, third?: string],
  response: number | undefined,
  contract: Contract | undefined,
  io: Io,
): Promise<RequestFields> {
  const isNumber = /^\d+$/.test(service) && !Object.hasOwn(contract?.entries ?? {}, service);
  if (contract !== undefined && !isNumber) {
    const entry = entryNamed(contract, service, 'request');
    if (third !== undefined)
      throw new UsageError(`The name ${JSON.stringify(service)} stands for both ids; only JSON can follow`);
    if (response !== undefined)
      throw new UsageError('--response is for numbers; the contract knows the response');
    const { requestSid: serviceId, dataId } = entry;
    return { serviceId, dataId, entry, data: second === undefined ? null : await dataOf(second, io) };
  }
  const serviceId = parseServiceId(service);
  if (second === undefined) throw new UsageError("Missing required argument 'data-id'");
  const dataId = parseDataId(second);
  if (contract === undefined || !hasService(contract, serviceId)) {
    assertService(serviceId, response);
    const data = third === undefined ? null : await dataOf(third, io);
    return { serviceId, dataId, data, entry: undefined };
  }
  const entry = entryOf(contract, serviceId, dataId);
  const data = third === undefined ? null : await dataOf(third, io);
  return { serviceId, dataId, data, entry };
}

/** Does something several times, with pauses in between, and shows the progress. */
async function repeatedly(times: number, pauseMs: number, io: Io, act: () => Promise<void>): Promise<void> {
  const progress = new ProgressMeter(io, times);
  try {
    for (let done = 1; done <= times; done++) {
      await act();
      progress.step();
      if (done < times && pauseMs > 0) await pause(pauseMs, undefined, { signal: io.interrupted });
    }
  } finally {
    progress.end();
  }
}

interface RequestFields {
  readonly serviceId: number;
  readonly dataId: number;
  readonly data: JsonValue;
  /** What the contract has for it. */
  readonly entry: NamedEntry | undefined;
}

/** Sends one request; prints the data of its answer, or with `--json` the whole message. */
async function printAnswer(
  { asked, assertUp }: Line,
  { serviceId, dataId, data, entry }: RequestFields,
  { json, timeout }: RequestArguments,
  io: Io,
): Promise<void> {
  assertUp();
  const answer = await asked.request(serviceId, dataId, data, { signal: io.interrupted });
  const named = entry === undefined ? {} : { name: entry.name };
  if (json === true) io.stdout(jsonLine({ ...named, ...fieldsOf(answer) }));
  assertOkay(answer);
  if (entry !== undefined) await assertFitsEntry(entry, 'output', answer.data, timeout);
  if (json !== true) io.stdout(`${jsonText(answer.data)}\n`);
}
