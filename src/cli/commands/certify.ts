/** `certify`: runs the rules of the protocol against a peer, and says what holds. */

import type { Command } from 'commander';
import { systemClock } from '../../base/clock.js';
import { optionReader } from '../../base/option-table.js';
import { ConnectError } from '../../protocol/errors.js';
import type { Role } from '../../protocol/role.js';
import { TCP_CLIENT_OPTIONS, TCP_SERVER_OPTIONS } from '../../transport/option-tables.js';
import { listenAddressOf } from '../../transport/tcp-server.js';
import type { TlsServerSettings } from '../../transport/tls/option-tables.js';
import { type Address, parseAddress, parseListeningAddress, textOfAddress } from '../address.js';
import { parseChannel, parseTimeout } from '../arguments.js';
import { openDoor } from '../certify/door.js';
import { assertWritable, makeFolder, writeReport, writeReports } from '../certify/files.js';
import { type Facts, groupOf, junitOf } from '../certify/junit.js';
import { socketLinks } from '../certify/link.js';
import { Printer } from '../certify/printer.js';
import { reportOf } from '../certify/report.js';
import { GROUPS, type Rule } from '../certify/rule.js';
import { RULES_FOR } from '../certify/rules/index.js';
import { certify, type Outcome, type RunSettings } from '../certify/run.js';
import type { Wishes } from '../certify/survey.js';
import { countsOf, textOfRule, textOfSurvey } from '../certify/text.js';
import { codecOf } from '../codecs.js';
import { type ContractOptions, contractOf, withContractOption } from '../contract/option.js';
import { ConnectTimeoutError, NothingJudgedError, RulesDifferError, UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { type LinkOptions, withLinkOptions, withUnixForAddress } from '../link-options.js';
import { print, warn } from '../output.js';
import { readSecret } from '../secret.js';
import { inOurWords, type TlsSettings, tlsOf } from '../tls-settings.js';
import { type WishOptions, wishesOf } from './certify-wishes.js';
import { CONTRACT_NAMES_HELP, examples, JSON_HELP } from './common.js';
import { boundPlaceOf, DEFAULT_HOST, printListening } from './listening.js';
import { ADDRESS_HELP, clientLink } from './peer.js';

interface CertifyArguments extends LinkOptions, ContractOptions, WishOptions {
  readonly listen?: Address;
  readonly wait?: number;
  readonly secretFile?: string;
  readonly timeout: number;
  readonly json?: true;
  readonly verbose?: true;
  readonly rule?: readonly string[];
  readonly list?: true;
  readonly junit?: string;
  readonly report?: string;
}

/** A rule waits for as long only where something is amiss. */
const DEFAULT_TIMEOUT_MS = 2_000;
/** A client of ours comes back 75 s after its key was refused, at the latest. */
const DEFAULT_WAIT_MS = 90_000;

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('certify')
    .description(
      'run the rules of the protocol against a peer, and say what holds, what differs, and what could not be judged',
    )
    .argument('[address]', ADDRESS_HELP, parseAddress)
    .option(
      '--listen <address>',
      'PORT, HOST:PORT or unix:PATH: listen there, and judge the device that connects; 0: any free port',
      (text: string) => parseListeningAddress(text, DEFAULT_HOST),
    )
    .option(
      '--wait <ms>',
      `with --listen: how long to wait for the device, each time, in milliseconds (default: ${DEFAULT_WAIT_MS})`,
      parseTimeout,
    )
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
        'certify --listen 0.0.0.0:17017 --secret-file secret.txt',
        'certify --list',
        'certify --list --listen 0',
      ),
    )
    .action((address: Address | undefined, options: CertifyArguments) => run(address, options, io));
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function run(address: Address | undefined, options: CertifyArguments, io: Io): Promise<void> {
  const { listen, list, wait } = options;
  const role = listen === undefined ? 'server' : 'client';
  const rules = rulesOf(role, options.rule);
  if (list === true) return printRules(rules, options.json ?? false, io);
  if (wait !== undefined && listen === undefined) throw new UsageError('--wait needs --listen');
  if (listen !== undefined && address !== undefined)
    throw new UsageError('Give either the address of a peer or --listen, got both');
  const place = listen ?? address;
  if (place === undefined)
    throw new UsageError("Missing required argument 'address'; --listen and --list need none");
  const secret = readSecret(options.secretFile, io);
  const wishes = await wishesOf(options, await contractOf(options), io);
  if (options.junit !== undefined) assertWritable(options.junit);
  if (options.report !== undefined) makeFolder(options.report);
  const plan = { rules, secret, wishes };
  await (role === 'server' ? judgeServer : judgeClient)(place, plan, options, io);
}

/** What is judged, and with what. */
interface Plan {
  readonly rules: readonly Rule[];
  readonly secret: Buffer | null;
  readonly wishes: Wishes;
}

/** Judges the peer that listens. */
async function judgeServer(address: Address, plan: Plan, options: CertifyArguments, io: Io): Promise<void> {
  const { secret } = plan;
  const tls = optionReader(TCP_CLIENT_OPTIONS, clientLink(address, options, secret, io))('tls') || null;
  const settings = { ...settingsOf(plan, options, io), open: socketLinks(address, tls), waitMs: null };
  await judge(textOfAddress(address), plan, settings, options, io);
}

/** Judges the peer that connects. */
async function judgeClient(address: Address, plan: Plan, options: CertifyArguments, io: Io): Promise<void> {
  const tls = tlsOf(options, 'server', plan.secret, io);
  const waitMs = options.wait ?? DEFAULT_WAIT_MS;
  await using door = await openDoor(listenAddressOf(address), tlsSettingsOf(tls, options), (why) =>
    warn(io, `A peer was turned away: ${why}`),
  );
  const place = boundPlaceOf({ ...address, ...(tls === undefined ? {} : { tls }) }, door);
  printListening(io, options.json ?? false, place);
  const settings = { ...settingsOf(plan, options, io), open: door.open, waitMs };
  await judge(`client of ${textOfAddress(place)}`, plan, settings, options, io);
}

function tlsSettingsOf(tls: TlsSettings | undefined, options: CertifyArguments): TlsServerSettings | null {
  try {
    return optionReader(TCP_SERVER_OPTIONS, { tls })('tls') || null;
  } catch (error) {
    throw inOurWords(error, options);
  }
}

async function judge(
  peer: string,
  { rules, wishes }: Plan,
  settings: RunSettings,
  options: CertifyArguments,
  io: Io,
): Promise<void> {
  const startedAt = new Date();
  const printer = new Printer(rules.length, options, io);
  try {
    const outcome = await certify(rules, settings, wishes, [codecOf(other(options))], {
      surveyed: (survey) => printer.surveyed(peer, survey),
      judged: (result, record) => printer.judged(result, record),
    });
    printer.end(outcome);
    const { survey, results } = outcome;
    const facts = factsOf(peer, outcome, startedAt);
    if (options.junit !== undefined) writeReport(options.junit, junitOf(results, facts, startedAt));
    if (options.report !== undefined)
      writeReports(options.report, reportOf(results, facts, survey.subject.role));
    const { differs, holds, observed } = countsOf(results);
    if (differs > 0)
      throw new RulesDifferError(
        `${peer} differs from the protocol in ${differs} of ${results.length} rules`,
      );
    // silence about everything must not pass for keeping the protocol
    if (holds + observed === 0) throw new NothingJudgedError(`${peer}: nothing could be judged`);
  } catch (error) {
    if (error instanceof ConnectError && error.reason === 'connect-timeout') {
      const { timeoutMs, waitMs } = settings;
      throw new ConnectTimeoutError(
        waitMs === null
          ? `No connection to ${peer} within ${timeoutMs} ms`
          : `No ${peer} came within ${waitMs} ms`,
      );
    }
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
function rulesOf(role: Role, wanted: readonly string[] = []): readonly Rule[] {
  const rules = RULES_FOR[role];
  const groups = GROUPS.filter((group) => rules.some((rule) => groupOf(rule) === group));
  for (const id of wanted)
    if (!rules.some((rule) => fits(rule, id)))
      throw new UsageError(
        `There is no rule ${JSON.stringify(id)}; the groups are ${groups.join(', ')}, and --list lists the rules`,
      );
  return wanted.length === 0 ? rules : rules.filter((rule) => wanted.some((id) => fits(rule, id)));
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

function settingsOf(
  { secret }: Plan,
  options: CertifyArguments,
  { interrupted }: Io,
): Omit<RunSettings, 'open' | 'waitMs'> {
  return { clock: systemClock, codec: codecOf(options), secret, timeoutMs: options.timeout, interrupted };
}

function factsOf(peer: string, { survey }: Outcome, startedAt: Date): Facts {
  return { peer, 'what it is': textOfSurvey(survey), began: startedAt.toISOString(), node: process.version };
}
