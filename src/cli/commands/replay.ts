/** `replay`: plays one side of a recording, in place of a device that is not on the desk. */

import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Command, Option } from 'commander';
import { listen } from '../../server/listen.js';
import type { Session } from '../../session/session.js';
import { type Address, choiceParser, parseAddress, parseSpeed } from '../arguments.js';
import { AnswersDifferError, UsageError } from '../errors.js';
import { readRecordingText } from '../files.js';
import type { Io } from '../io.js';
import { fieldsOf, jsonText, print, warn } from '../output.js';
import { paint } from '../paint.js';
import { ProgressMeter } from '../progress.js';
import { type Exchange, exchangesOf, RecordedAnswers, servicesOf } from '../recording/exchanges.js';
import { readTraffic } from '../recording/traffic.js';
import { assertConnected, learnService } from '../requests.js';
import { examples } from './common.js';
import { holdSessions } from './ending.js';
import { type ListenOptions, printListening, withListenOptions } from './listening.js';
import { type PeerOptions, sessionOptions, withPeerOptions, withSession } from './peer.js';

const SIDES = ['server', 'client'] as const;

interface ReplayArguments extends PeerOptions, ListenOptions {
  readonly as: (typeof SIDES)[number];
  readonly to?: Address;
  readonly speed: number;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = withPeerOptions(program.command('replay'))
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
  const { as, to, speed, json: isJson = false } = options;
  if (as === 'server' && to !== undefined) throw new UsageError('--to needs --as client');
  if (as === 'client' && to === undefined) throw new UsageError('--as client needs --to HOST:PORT');
  const { codec, items } = readTraffic(readRecordingText(file), ({ text }) => warn(io, text));
  const { exchanges, unanswered } = exchangesOf(items);
  if (unanswered > 0) {
    const requests = unanswered === 1 ? '1 request' : `${unanswered} requests`;
    warn(io, `Skipped ${requests} without a recorded answer`);
  }
  // the recording decides about the codec, not --struct
  const spoken = { ...options, codec };
  if (to === undefined) return playServer(exchanges, spoken, io);
  await withSession(to, spoken, io, (session) => playClient(session, exchanges, { speed, isJson }, io));
}

/** Answers as the server of the recording did, until the person interrupts it. */
async function playServer(
  exchanges: readonly Exchange[],
  options: ListenOptions & PeerOptions,
  io: Io,
): Promise<void> {
  const { host, port, json: isJson = false } = options;
  const progress = new ProgressMeter(io, null);
  const server = await listen({ host, port, ...sessionOptions(options, io) }, (session) => {
    for (const serviceId of servicesOf(exchanges)) learnService(session, serviceId);
    const answers = new RecordedAnswers(exchanges);
    session.registerCallback(null, null, (message) => {
      progress.step();
      return answers.to(message);
    });
  });
  printListening(io, isJson, server);
  try {
    await holdSessions(io, isJson, server);
  } finally {
    progress.end();
  }
}

interface PlayOptions {
  /** How many times faster than recorded; 0: without pauses. */
  readonly speed: number;
  readonly isJson: boolean;
}

/** Sends the requests of the client of the recording, and compares the answers. */
async function playClient(
  session: Session,
  exchanges: readonly Exchange[],
  { speed, isJson }: PlayOptions,
  io: Io,
): Promise<void> {
  for (const serviceId of servicesOf(exchanges)) learnService(session, serviceId);
  const progress = new ProgressMeter(io, exchanges.length);
  let previousMs = exchanges[0]?.atMs ?? 0;
  let differing = 0;
  try {
    for (const exchange of exchanges) {
      const pauseMs = exchange.atMs - previousMs;
      if (speed > 0) await pause(pauseMs / speed, undefined, { signal: io.interrupted });
      previousMs = exchange.atMs;
      if (!(await isAnsweredAlike(session, exchange, isJson, io))) differing++;
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
  isJson: boolean,
  io: Io,
): Promise<boolean> {
  const { serviceId, dataId, data } = request;
  assertConnected(session);
  const got = await session.request(serviceId, dataId, data, { signal: io.interrupted });
  const isSame = got.status === answer.status && isDeepStrictEqual(got.data, answer.data);
  const verdict = isSame ? paint(io, 'event', 'same   ') : paint(io, 'trouble', 'differs');
  const sent = paint(io, 'sent', jsonText(fieldsOf(request)));
  const received = paint(io, 'received', jsonText(fieldsOf(got)));
  print(io, isJson, { ...fieldsOf(got), same: isSame }, `${verdict} ${sent} -> ${received}`);
  return isSame;
}
