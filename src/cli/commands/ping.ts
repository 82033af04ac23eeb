/** `ping`: how long a peer takes to answer, and whether it does. */

import type { Command } from 'commander';
import type { Contract } from '../../contract/contract.js';
import { ConnectionLostError } from '../../protocol/errors.js';
import type { LinkReason } from '../../protocol/reasons.js';
import type { Session } from '../../session/session.js';
import { type Address, textOfAddress } from '../address.js';
import { parseCount, parseInterval } from '../arguments.js';
import { contractOf } from '../contract/option.js';
import { Durations, roundedMs, textOfMs } from '../durations.js';
import { errorFields, messageOf, NoAnswerError, oneLine, reasonFields, ToldError } from '../errors.js';
import type { Io } from '../io.js';
import { print } from '../output.js';
import { clockOf, steadily } from '../pace.js';
import { paint } from '../paint.js';
import { assertFits } from '../requests.js';
import { examples } from './common.js';
import { DATA_ID_HELP, type NamedData, namedData } from './named-data.js';
import { type PeerOptions, peerCommand, withSession } from './peer.js';
import { type Answered, ConnectProbe, HeartbeatProbe, type Probe, ReadProbe } from './probes.js';

interface PingArguments extends PeerOptions {
  readonly count?: number;
  readonly interval: number;
  readonly dataId?: string;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  peerCommand(program, 'ping', 'measure how long a peer takes to answer')
    .option('-c, --count <n>', 'how many times (default: until Ctrl-C)', parseCount)
    .option('-i, --interval <ms>', 'from one to the next, in milliseconds', parseInterval, 1_000)
    .option('--data-id <id>', `READ this in place of the heartbeat: ${DATA_ID_HELP}`)
    .addHelpText('after', HELP)
    .addHelpText(
      'after',
      examples(
        'ping 127.0.0.1:17017',
        'ping 127.0.0.1:17017 -c 10 -i 200 --json',
        'ping device:17017 --data-id 0',
      ),
    )
    .action((address: Address, options: PingArguments) => ping(address, options, io));
}

const HELP = `
It asks for a sign of life, as the heartbeat of a session does; that changes
nothing at the peer, and works before it trusts. Where the peer does not answer
that, only opening connections is timed, and the exit code is not 0; otherwise
it is 0 if anything came.`;

async function ping(address: Address, options: PingArguments, io: Io): Promise<void> {
  const contract = await contractOf(options);
  const data = options.dataId === undefined ? undefined : namedData('read', options.dataId, contract);
  if (data !== undefined) assertFits(data.dataId, options);
  const report = new Report(textOfAddress(address), options, io);
  const isHeard = await pingSession({ address, contract, data }, options, report, io);
  // the connection is closed by now: a device may take only one
  if (!isHeard) await repeat(new ConnectProbe(address, options, io), options, report, io);
  if (!report.hasAnswer) io.interrupted.throwIfAborted();
  report.summarize();
}

interface Pinged {
  readonly address: Address;
  readonly contract: Contract | undefined;
  readonly data: NamedData | undefined;
}

/** Asks on one connection; returns false where the peer does not answer what could be asked. */
async function pingSession(
  { address, contract, data }: Pinged,
  options: PingArguments,
  report: Report,
  io: Io,
): Promise<boolean> {
  let heartbeat: HeartbeatProbe | undefined;
  const begun = (session: Session): void => {
    report.follow(session);
    heartbeat = new HeartbeatProbe(session, options.timeout, io);
  };
  // its questions would be taken for ours
  const settings = { heartbeat: false, bufferUnhandled: false } as const;
  let isHeard = true;
  await withSession(
    { address, contract, reconnects: true, begun, settings },
    options,
    io,
    async (session) => {
      if (data !== undefined) return repeat(new ReadProbe(session, data, io), options, report, io);
      isHeard = (await heartbeat?.answersNames()) === true;
      if (isHeard && heartbeat !== undefined) await repeat(heartbeat, options, report, io);
      else if (!io.interrupted.aborted) report.noHeartbeat(options.timeout);
    },
  );
  return isHeard || io.interrupted.aborted;
}

/** A short interval must not bury a peer that is slow. */
const MAX_UNDER_WAY = 100;

async function repeat(probe: Probe, options: PingArguments, report: Report, io: Io): Promise<void> {
  const { count: times = Number.POSITIVE_INFINITY, interval: intervalMs } = options;
  report.begin(probe);
  const open = new Set<Promise<void>>();
  await steadily(io, { times, intervalMs }, (count) => {
    const one = probe.ask().then((answered) => report.answered(count, answered));
    open.add(one);
    void one.finally(() => open.delete(one));
    // the next one does not wait for it, unless each needs a connection of its own
    if (probe.isOneAtATime) return one;
    return open.size < MAX_UNDER_WAY ? undefined : Promise.race(open);
  });
  await Promise.all(open);
}

/** Prints what comes of each, and sums it up. */
class Report {
  readonly #address: string;
  readonly #isJson: boolean;
  readonly #otherCodec: string;
  readonly #io: Io;
  readonly #durations = new Durations();
  #probe: Pick<Probe, 'how' | 'late'> = { how: 'connect' };
  #sent = 0;
  #firstFailure: unknown = null;
  /** Why the link of the session was lost last; null: it was not. */
  #lost: LinkReason | null = null;
  #connectedMs = Number.NaN;
  #trustedMs = Number.NaN;

  constructor(address: string, { json, struct }: Pick<PingArguments, 'json' | 'struct'>, io: Io) {
    this.#address = address;
    this.#isJson = json === true;
    this.#otherCodec = struct === true ? 'without' : 'with';
    this.#io = io;
  }

  /** Times how a session connects the first time, and says when it is lost and comes back. */
  follow(session: Session): void {
    const clock = clockOf(this.#io);
    const beganMs = clock.now();
    session.once('connected', () => {
      this.#connectedMs = clock.now() - beganMs;
      session.on('connected', () => this.#line('event', 'connected again', { event: 'connected' }));
      session.on('disconnected', (reason) => {
        // its end is no news
        if (reason === 'session-closed') return;
        this.#lost = reason;
        const fields = reasonFields(reason);
        this.#line('trouble', `disconnected: ${fields.detail}`, { event: 'disconnected', ...fields });
      });
    });
    session.once('trusted', () => {
      this.#trustedMs = clock.now() - beganMs;
    });
  }

  get hasAnswer(): boolean {
    return this.#durations.count > 0;
  }

  noHeartbeat(timeoutMs: number): void {
    const silence = `no answer to the heartbeat within ${timeoutMs} ms`;
    this.#firstFailure =
      this.#lost === null
        ? new NoAnswerError(capital(silence))
        : new ConnectionLostError('the heartbeat', true, this.#lost);
    const detail = `${silence}; only opening connections is timed, which a system does for a program that hangs; --data-id READs, and ${this.#otherCodec} --struct it asks in the other codec`;
    this.#line('trouble', detail, { event: 'no heartbeat', detail });
  }

  begin(probe: Probe): void {
    const { how, what } = probe;
    this.#probe = probe;
    const times = [
      `connected in ${textOfMs(this.#connectedMs)}`,
      ...(Number.isNaN(this.#trustedMs) ? [] : [`trusted after ${textOfMs(this.#trustedMs)}`]),
    ];
    this.#line('quiet', `${this.#address}: ${what}; ${times.join(', ')}`, {
      event: 'connected',
      how,
      connectMs: roundedMs(this.#connectedMs),
      ...(Number.isNaN(this.#trustedMs) ? {} : { trustMs: roundedMs(this.#trustedMs) }),
    });
  }

  answered(number: number, answered: Answered): void {
    if (answered === null) return;
    this.#sent++;
    if ('error' in answered) {
      this.#firstFailure ??= answered.error;
      const text = oneLine(messageOf(answered.error));
      return this.#line('trouble', `${number}: ${text}`, { number, ...errorFields(answered.error) });
    }
    const { ms, remark } = answered;
    this.#durations.add(ms);
    const remarked = remark === undefined ? '' : ` (${remark})`;
    this.#line('plain', `${number}: ${textOfMs(ms)}${remarked}`, {
      number,
      ms: roundedMs(ms),
      ...(remark === undefined ? {} : { remark }),
    });
  }

  /** @throws ToldError where nothing was answered; a connection alone is no answer of the peer */
  summarize(): void {
    const { count, minMs, meanMs, maxMs } = this.#durations;
    if (this.#sent === 0) return;
    const p99Ms = this.#durations.percentileMs(0.99);
    const lost = this.#sent - count;
    const { how, late } = this.#probe;
    const isAnswered = how !== 'connect' && count > 0;
    const counts =
      how === 'connect'
        ? `${count} of ${this.#sent} connections opened; the peer answered nothing`
        : `${this.#sent} sent, ${count} answered, ${share(lost, this.#sent)} lost${lateText(late)}`;
    const times = `min ${textOfMs(minMs)}, avg ${textOfMs(meanMs)}, max ${textOfMs(maxMs)}, p99 ${textOfMs(p99Ms)}`;
    this.#line(
      isAnswered ? 'event' : 'trouble',
      count === 0 ? `${this.#address}: ${counts}` : `${this.#address}: ${counts}\n${times}`,
      {
        event: 'summary',
        how,
        ...(how === 'connect'
          ? { connections: this.#sent, opened: count, answered: 0 }
          : { sent: this.#sent, answered: count, lost, ...(late === undefined ? {} : { late }) }),
        minMs: roundedMs(minMs),
        avgMs: roundedMs(meanMs),
        maxMs: roundedMs(maxMs),
        p99Ms: roundedMs(p99Ms),
      },
    );
    if (!isAnswered) throw new ToldError(this.#firstFailure, 'output');
  }

  #line(style: Parameters<typeof paint>[1], text: string, fields: Parameters<typeof print>[2]): void {
    const lines = text.split('\n').map((line) => paint(this.#io, style, line));
    print(this.#io, this.#isJson, fields, lines.join('\n'));
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Answers carry no number: a peer that leaves one out seems to be slow, and then late with all others. */
function lateText(late = 0): string {
  if (late === 0) return '';
  return `; ${late} ${late === 1 ? 'answer' : 'answers'} came late`;
}

function share(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}
