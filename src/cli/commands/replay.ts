/** `replay`: plays one side of a recording, in place of a device that is not on the desk. */

import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Command, Option } from 'commander';
import type { Contract } from '../../contract/contract.js';
import { listen } from '../../server/listen.js';
import type { Session } from '../../session/session.js';
import { type Address, parseAddress } from '../address.js';
import { choiceParser, parseSpeed } from '../arguments.js';
import { learnContract, Naming } from '../contract/entries.js';
import { contractOf } from '../contract/option.js';
import { AnswersDifferError, UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { fieldsOf, jsonText, print, warn } from '../output.js';
import { paint } from '../paint.js';
import { ProgressMeter } from '../progress.js';
import { type Exchange, exchangesOf, RecordedAnswers, servicesOf } from '../recording/exchanges.js';
import { readTrafficFile } from '../recording/traffic.js';
import { assertConnected, learnService } from '../requests.js';
import { examples } from './common.js';
import { holdServer, type ListenOptions, serverLink, withListenOptions } from './listening.js';
import {
  type PeerOptions,
  sessionOptions,
  withFailureRecords,
  withPeerOptions,
  withSession,
} from './peer.js';

const SIDES = ['server', 'client'] as const;

interface ReplayArguments extends PeerOptions, ListenOptions {
  readonly as: (typeof SIDES)[number];
  readonly to?: Address;
  readonly speed: number;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = withFailureRecords(withPeerOptions(program.command('replay'), 'server', 'client'))
    .description('play the server of a recording, or its client')
    .argument('<recording>', 'a file written by proxy --record')
    .addOption(
      new Option('--as <side>', 'which side').choices(SIDES).argParser(choiceParser(SIDES)).default('server'),
    );
  withListenOptions(command, 'as server: ')
    .option('--to <address>', 'as client: HOST:PORT of the server', parseAddress)
    .option('--speed <factor>', 'as client: how many times faster; 0: without pauses', parseSpeed, 1)
    .addHelpText(
      'after',
      examples(
        'replay device.jsonl --port 17017',
        'replay device.jsonl --as client --to 127.0.0.1:17017 --speed 0',
      ),
    )
    .action((file: string, options: ReplayArguments) => replay(file, options, io));
}

async function replay(file: string, options: ReplayArguments, io: Io): Promise<void> {
  const { as, speed, json: isJson = false } = options;
  const to = as === 'client' ? serverToPlayTo(options) : undefined;
  if (as === 'server' && options.to !== undefined) throw new UsageError('--to needs --as client');
  const contract = await contractOf(options);
  const { codec, items } = await readTrafficFile(file, io, ({ text }) => warn(io, text));
  const { exchanges, unanswered } = exchangesOf(items);
  if (unanswered > 0) {
    const requests = unanswered === 1 ? '1 request' : `${unanswered} requests`;
    warn(io, `Skipped ${requests} without a recorded answer`);
  }
  // the recording decides about the codec, not --struct
  const spoken = { ...options, codec };
  if (to === undefined) return playServer(exchanges, contract, spoken, io);
  await withSession({ address: to }, spoken, io, async (session) => {
    learnAll(session, exchanges, contract);
    await playClient(session, exchanges, { speed, isJson, naming: new Naming(contract) }, io);
  });
}

function serverToPlayTo({ to, unix }: ReplayArguments): Address {
  if (to !== undefined && unix !== undefined) throw new UsageError('Give either --to or --unix, got both');
  if (to !== undefined) return to;
  if (unix === undefined) throw new UsageError('--as client needs --to HOST:PORT');
  return { path: unix };
}

/** Makes known to a session which services are in a recording, and what a contract calls them. */
function learnAll(session: Session, exchanges: readonly Exchange[], contract: Contract | undefined): void {
  const services = servicesOf(exchanges);
  for (const serviceId of services) learnService(session, serviceId);
  if (contract !== undefined) learnContract(session, contract, new Set(services));
}

/** Answers as the server of the recording did, until the person interrupts it. */
async function playServer(
  exchanges: readonly Exchange[],
  contract: Contract | undefined,
  options: ListenOptions & PeerOptions,
  io: Io,
): Promise<void> {
  const isJson = options.json ?? false;
  const settings = sessionOptions(options, io);
  const link = serverLink(options, settings.secret, io);
  const progress = new ProgressMeter(io, null);
  const server = await listen({ ...link, ...settings, recordFailures: options.recordFailures }, (session) => {
    learnAll(session, exchanges, contract);
    const answers = new RecordedAnswers(exchanges);
    session.registerCallback(null, null, (message) => {
      progress.step();
      return answers.to(message);
    });
  });
  try {
    await holdServer(server, link, options, isJson, io);
  } finally {
    progress.end();
  }
}

interface PlayOptions {
  /** How many times faster than recorded; 0: without pauses. */
  readonly speed: number;
  readonly isJson: boolean;
  readonly naming: Naming;
}

/** Sends the requests of the client of the recording, and compares the answers. */
async function playClient(
  session: Session,
  exchanges: readonly Exchange[],
  { speed, isJson, naming }: PlayOptions,
  io: Io,
): Promise<void> {
  const progress = new ProgressMeter(io, exchanges.length);
  let previousMs = exchanges[0]?.atMs ?? 0;
  let differing = 0;
  try {
    for (const exchange of exchanges) {
      const pauseMs = exchange.atMs - previousMs;
      if (speed > 0) await pause(pauseMs / speed, undefined, { signal: io.interrupted });
      previousMs = exchange.atMs;
      if (!(await isAnsweredAlike(session, exchange, { isJson, naming }, io))) differing++;
      progress.step();
    }
  } finally {
    progress.end();
  }
  if (differing > 0) {
    const answers = differing === 1 ? '1 answer differs' : `${differing} answers differ`;
    throw new AnswersDifferError(`${answers} from the recording`);
  }
}

/** Sends one request, and prints whether its answer is that of the recording. */
async function isAnsweredAlike(
  session: Session,
  { request, answer }: Exchange,
  { isJson, naming }: Omit<PlayOptions, 'speed'>,
  io: Io,
): Promise<boolean> {
  const { serviceId, dataId, data } = request;
  assertConnected(session);
  const got = await session.request(serviceId, dataId, data, { signal: io.interrupted });
  const isSame = got.status === answer.status && isDeepStrictEqual(got.data, answer.data);
  const verdict = isSame ? paint(io, 'event', 'same   ') : paint(io, 'trouble', 'differs');
  const named = naming.fieldOf(request);
  const sent = paint(io, 'sent', jsonText({ ...named, ...fieldsOf(request) }));
  const received = paint(io, 'received', jsonText(fieldsOf(got)));
  print(io, isJson, { ...named, ...fieldsOf(got), same: isSame }, `${verdict} ${sent} -> ${received}`);
  return isSame;
}
