/** `request`: a request to any service, once or several times. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { StatusError } from '../../protocol/errors.js';
import { STATUS__NAMES, STATUS_OKAY } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { Session } from '../../session/session.js';
import { parseCount, parseDataId, parseInterval, parseJsonArgument, parseServiceId } from '../arguments.js';
import type { Io } from '../io.js';
import { fieldsOf, jsonLine, jsonText } from '../output.js';
import { ProgressMeter } from '../progress.js';
import { assertConnected, assertFits, assertService, learnService } from '../requests.js';
import { examples } from './common.js';
import { type PeerOptions, peerCommand, withSession } from './peer.js';

interface RequestArguments extends PeerOptions {
  readonly response?: number;
  readonly repeat: number;
  readonly interval: number;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  peerCommand(program, 'request', 'send a request to any service and print the answer as one line of JSON')
    .argument('<service-id>', 'the service id of the request', parseServiceId)
    .argument('<data-id>', 'the data id', parseDataId)
    .argument('[json]', 'the data', parseJsonArgument, null)
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
      ),
    )
    .action(async (address, serviceId, dataId, data, options: RequestArguments) => {
      const { response, repeat, interval, json: isJson = false } = options;
      assertService(serviceId, response);
      assertFits(dataId, options);
      await withSession(address, options, io, async (session) => {
        learnService(session, serviceId, response);
        await repeatedly(repeat, interval, io, () =>
          printAnswer(session, { serviceId, dataId, data }, isJson, io),
        );
      });
    });
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
}

/** Sends one request; prints the data of its answer, or with `--json` the whole message. */
async function printAnswer(
  session: Session,
  { serviceId, dataId, data }: RequestFields,
  isJson: boolean,
  io: Io,
): Promise<void> {
  assertConnected(session);
  const answer = await session.request(serviceId, dataId, data, { signal: io.interrupted });
  if (isJson) io.stdout(jsonLine(fieldsOf(answer)));
  const { status } = answer;
  if (status !== STATUS_OKAY) {
    const name = STATUS__NAMES[status] ?? 'unknown status';
    throw new StatusError(status, `The peer answered with status ${status}: ${name}`, answer);
  }
  if (!isJson) io.stdout(`${jsonText(answer.data)}\n`);
}
