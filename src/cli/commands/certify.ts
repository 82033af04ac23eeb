/** `certify`: runs the rules of the protocol against a peer, and says what holds. */

import type { Command } from 'commander';
import { systemClock } from '../../base/clock.js';
import { optionReader } from '../../base/option-table.js';
import type { Contract } from '../../contract/contract.js';
import { ConnectError } from '../../protocol/errors.js';
import { TCP_CLIENT_OPTIONS } from '../../transport/option-tables.js';
import { type Address, parseAddress, textOfAddress } from '../address.js';
import { parseChannel, parseDataId, parseTimeout } from '../arguments.js';
import type { ConversationSettings } from '../certify/conversation.js';
import { assertWritable, makeFolder, writeReport, writeReports } from '../certify/files.js';
import { type Facts, groupOf, junitOf } from '../certify/junit.js';
import { socketLinks } from '../certify/link.js';
import { Printer } from '../certify/printer.js';
import { reportOf } from '../certify/report.js';
import { GROUPS, type Rule, type Target } from '../certify/rule.js';
import { RULES } from '../certify/rules/index.js';
import { certify, type Outcome } from '../certify/run.js';
import type { Wishes } from '../certify/survey.js';
import { countsOf, textOfRule, textOfSurvey } from '../certify/text.js';
import { codecOf } from '../codecs.js';
import { entryNamed } from '../contract/entries.js';
import { type ContractOptions, contractOf, withContractOption } from '../contract/option.js';
import { dataOf } from '../data.js';
import { ConnectTimeoutError, NothingJudgedError, RulesDifferError, UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { type LinkOptions, withLinkOptions, withUnixForAddress } from '../link-options.js';
import { print } from '../output.js';
import { assertFits } from '../requests.js';
import { readSecret } from '../secret.js';
import { CONTRACT_NAMES_HELP, examples, JSON_HELP } from './common.js';
import { ADDRESS_HELP, clientLink } from './peer.js';

interface CertifyArguments extends LinkOptions, ContractOptions {
  readonly secretFile?: string;
  readonly channel?: string;
  readonly timeout: number;
  readonly struct?: true;
  readonly json?: true;
  readonly verbose?: true;
  readonly dataId?: string;
  readonly allowWrite?: string;
  readonly allowExecute?: string;
  readonly allowAttacks?: true;
  readonly rule?: readonly string[];
  readonly list?: true;
  readonly junit?: string;
  readonly report?: string;
}

/** A rule waits for as long only where something is amiss. */
const DEFAULT_TIMEOUT_MS = 2_000;

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('certify')
    .description(
      'run the rules of the protocol against a peer, and say what holds, what differs, and what could not be judged',
    )
    .argument('[address]', ADDRESS_HELP, parseAddress)
    .option('--secret-file <file>', 'the file with the shared secret, one line of text; - for standard input')
    .option('--channel <name>', 'the channel name to give to the peer, which may keep it', parseChannel)
    .option(
      '--timeout <ms>',
      'how long to wait for each connection and each answer, in milliseconds',
      parseTimeout,
      DEFAULT_TIMEOUT_MS,
    )
    .option('--struct', 'use struct_json, for old peers')
    .option(
      '--data-id <id>',
      'what to READ; unless given, the first of 0 to 15, or of the contract, that is answered',
    )
    .option('--allow-write <id=data>', 'allow WRITE of this data')
    .option('--allow-execute <id[=data]>', 'allow EXECUTE, of any data unless some is given')
    .option(
      '--allow-attacks',
      'allow wrong keys, floods and oversize frames, for which a peer may lock us out or break',
    )
    .option('--rule <id>', 'only this rule, or this group of rules; may be repeated', collect)
    .option('--list', 'list the rules')
    .option('--junit <file>', 'write JUnit XML')
    .option('--report <folder>', 'write a page, with the verdicts painted on the statecharts')
    .option('--json', JSON_HELP)
    .option('--verbose', 'print what was sent and received for each rule, with seeds and keys masked');
  withContractOption(command, CONTRACT_NAMES_HELP);
  withUnixForAddress(withLinkOptions(command, 'client'))
    .addHelpText(
      'after',
      examples(
        'certify 127.0.0.1:17017',
        'certify device:17017 --secret-file secret.txt --junit certify.xml --report certify',
        `certify device:17017 --allow-write 7='{"on": false}' --allow-execute 1`,
        'certify device:17017 --rule framing --verbose',
        'certify --list',
      ),
    )
    .action((address: Address | undefined, options: CertifyArguments) => run(address, options, io));
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function run(address: Address | undefined, options: CertifyArguments, io: Io): Promise<void> {
  const rules = rulesOf(options.rule);
  const isJson = options.json ?? false;
  if (options.list === true) return printRules(rules, isJson, io);
  if (address === undefined) throw new UsageError("Missing required argument 'address'; --list needs none");
  const settings = settingsOf(address, options, io);
  const wishes = await wishesOf(options, await contractOf(options), io);
  if (options.junit !== undefined) assertWritable(options.junit);
  if (options.report !== undefined) makeFolder(options.report);
  const startedAt = new Date();
  const printer = new Printer(rules.length, options, io);
  const peer = textOfAddress(address);
  try {
    const outcome = await certify(rules, settings, wishes, [codecOf(other(options))], {
      surveyed: (survey) => printer.surveyed(peer, survey),
      judged: (result, record) => printer.judged(result, record),
    });
    printer.end(outcome);
    const facts = factsOf(peer, outcome, startedAt);
    if (options.junit !== undefined) writeReport(options.junit, junitOf(outcome.results, facts, startedAt));
    if (options.report !== undefined) writeReports(options.report, reportOf(outcome.results, facts));
    const { differs, holds, observed } = countsOf(outcome.results);
    if (differs > 0)
      throw new RulesDifferError(
        `${peer} differs from the protocol in ${differs} of ${outcome.results.length} rules`,
      );
    // silence about everything must not pass for keeping the protocol
    if (holds + observed === 0) throw new NothingJudgedError(`${peer}: nothing could be judged`);
  } catch (error) {
    if (error instanceof ConnectError && error.reason === 'connect-timeout')
      throw new ConnectTimeoutError(`No connection to ${peer} within ${options.timeout} ms`);
    throw error;
  } finally {
    printer.stop();
  }
}

/** The codec that was not asked for. */
function other({ struct }: CertifyArguments): { readonly struct?: true } {
  return struct === true ? {} : { struct: true };
}

/** The rules of `--rule`, or all; throws UsageError for one that there is not. */
function rulesOf(wanted: readonly string[] = []): readonly Rule[] {
  for (const id of wanted)
    if (!RULES.some((rule) => fits(rule, id)))
      throw new UsageError(
        `There is no rule ${JSON.stringify(id)}; the groups are ${GROUPS.join(', ')}, and --list lists the rules`,
      );
  return wanted.length === 0 ? RULES : RULES.filter((rule) => wanted.some((id) => fits(rule, id)));
}

function fits(rule: Rule, id: string): boolean {
  return rule.id === id || groupOf(rule) === id;
}

function printRules(rules: readonly Rule[], isJson: boolean, io: Io): void {
  for (const rule of rules) {
    const { id, title, section, needs = [], isOpen = false } = rule;
    print(io, isJson, { rule: id, title, section, needs, isOpen }, textOfRule(rule));
  }
}

function settingsOf(address: Address, options: CertifyArguments, io: Io): ConversationSettings {
  const secret = readSecret(options.secretFile, io);
  const link = clientLink(address, options, secret, io);
  const tls = optionReader(TCP_CLIENT_OPTIONS, link)('tls') || null;
  return {
    open: socketLinks(address, tls),
    clock: systemClock,
    codec: codecOf(options),
    secret,
    channel: options.channel ?? null,
    timeoutMs: options.timeout,
    settleMs: 0,
    interrupted: io.interrupted,
  };
}

/** Small devices number their data from 0. */
const TRIED_DATA_IDS = Array.from({ length: 16 }, (_, id) => id);

async function wishesOf(options: CertifyArguments, contract: Contract | undefined, io: Io): Promise<Wishes> {
  const { dataId, allowWrite, allowExecute, allowAttacks = false } = options;
  const read =
    contract === undefined ? [] : Object.values(contract.entries).filter(({ kind }) => kind === 'read');
  const known = read.map((entry) => entry.dataId);
  return {
    dataIds:
      dataId === undefined
        ? known.length > 0
          ? known
          : TRIED_DATA_IDS
        : [idOf(dataId, 'read', options, contract)],
    write: allowWrite === undefined ? null : await targetOf(allowWrite, 'write', options, contract, io),
    execute:
      allowExecute === undefined ? null : await targetOf(allowExecute, 'execute', options, contract, io),
    allowsAttacks: allowAttacks,
  };
}

async function targetOf(
  text: string,
  kind: 'write' | 'execute',
  options: CertifyArguments,
  contract: Contract | undefined,
  io: Io,
): Promise<Target> {
  const at = text.indexOf('=');
  if (at === -1 && kind === 'write')
    throw new UsageError(`Expected ID=DATA for --allow-write, got ${JSON.stringify(text)}`);
  const dataId = idOf(at === -1 ? text : text.slice(0, at), kind, options, contract);
  return { dataId, data: at === -1 ? undefined : await dataOf(text.slice(at + 1), io) };
}

function idOf(
  text: string,
  kind: 'read' | 'write' | 'execute',
  options: CertifyArguments,
  contract: Contract | undefined,
): number {
  const isName = contract !== undefined && !/^\d+$/.test(text);
  const dataId = isName ? entryNamed(contract, text, kind).dataId : parseDataId(text);
  assertFits(dataId, options);
  return dataId;
}

function factsOf(peer: string, { survey }: Outcome, startedAt: Date): Facts {
  return { peer, 'what it is': textOfSurvey(survey), began: startedAt.toISOString(), node: process.version };
}
