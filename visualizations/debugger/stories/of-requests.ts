/** Stories of what was asked and not, late or badly answered. */

import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../../../src/protocol/ids.js';
import { codecInProgram, STRUCT } from './codecs.js';
import { isOneOf } from './codes.js';
import { explainNote } from './notes.js';
import { explainStatus } from './statuses.js';
import { type Case, countText, type Step, type Story, storyFrom, timeText } from './story.js';
import { TIMEOUTS } from './timeouts.js';

/** `read data request, data id 7`. */
const nameOf = (of: Case): string => `${of.text('service')}, data id ${of.text('data')}`;

/** The command that asks the same again, for the services that have one. */
function askAgain(of: Case, timeoutMs: number): Step[] {
  const [serviceId, dataId] = [of.number('serviceId'), of.number('dataId')];
  if (serviceId === null || dataId === null) return [];
  return [
    {
      text: 'Ask the same by hand, with more time:',
      code: `socket-protocol request ${of.address} ${serviceId} ${dataId} --timeout ${timeoutMs}`,
    },
  ];
}

const MORE_TIME = 2;

export function requestTimedOut(of: Case): Story {
  const reason = of.text('reason');
  const facts = of.facts(
    ['Request', nameOf(of)],
    ['Number', of.text('requestNumber') === '' ? '' : `${of.text('requestNumber')} of this session`],
    ['Waited', of.time('waitedMs')],
    [
      'Written',
      of.is('isWritten') ? 'yes: the peer may have acted on it' : 'no: the peer knows nothing of it',
    ],
    of.happened,
  );
  if (reason !== 'no-answer' && isOneOf(TIMEOUTS, reason)) return storyFrom(TIMEOUTS[reason], facts);
  const timeoutMs = of.number('timeoutMs') ?? 5_000;
  const lateByMs = of.number('lateByMs');
  if (lateByMs !== null) return answeredLate(of, facts, timeoutMs, lateByMs);
  const silentMs = of.number('silentMs');
  return silentMs === null ? unansweredAlone(of, facts, timeoutMs) : unansweredInSilence(of, facts, silentMs);
}

function answeredLate(of: Case, facts: Story['facts'], timeoutMs: number, lateByMs: number): Story {
  const enough = Math.ceil((MORE_TIME * (timeoutMs + lateByMs)) / 1_000) * 1_000;
  return {
    title: 'A request timed out: its answer came too late',
    why: `The peer did answer, ${timeText(lateByMs)} after this side had given up. The answer was dropped, so that no later request takes it for its own.`,
    facts,
    next: [
      {
        text: 'Give the request more time than the peer needs. In a program with this library:',
        code: `{ timeout: ${enough} }`,
      },
      ...askAgain(of, enough),
      {
        text: 'Or find out what the peer does meanwhile: a callback of the Python module blocks all others while it runs.',
      },
    ],
  };
}

function unansweredInSilence(of: Case, facts: Story['facts'], silentMs: number): Story {
  return {
    title: 'A request timed out, and nothing at all came from the peer',
    why: `Not a single byte has come from the peer since it was written, for ${timeText(silentMs)} by then. The peer hangs, it does not answer this request and has nothing else to say, or the connection is half open.`,
    facts,
    next: [
      {
        text: 'Ask for something that any peer answers by itself:',
        code: `socket-protocol ping ${of.address}`,
      },
      {
        text: 'If nothing answers, look whether the program of the peer hangs, and whether the network between the two is up. The heartbeat of a client tells a dead connection within 30 s.',
      },
      {
        text: 'If that is answered, the peer does not know this request: compare its service and data id with those that the peer registers.',
      },
    ],
  };
}

function unansweredAlone(of: Case, facts: Story['facts'], timeoutMs: number): Story {
  return {
    title: 'A request timed out',
    why: 'It was written, and the peer did not answer it in time, though other messages came from it meanwhile: the connection is alive, and it is this request that the peer does not answer, or needs long for.',
    facts,
    next: [
      ...askAgain(of, MORE_TIME * timeoutMs),
      {
        text: 'Look whether the peer has a callback for it, and what that waits for. With the Python module:',
        code: `prot.register_callback(${of.text('serviceId')}, ${of.text('dataId')}, callback)`,
      },
    ],
  };
}

export function unanswered(of: Case): Story {
  const from = of.text('from');
  const other = from === 'client' ? 'server' : 'client';
  const answeredMs = of.number('answeredAfterMs');
  const silentMs = of.number('silentMs');
  const facts = of.facts(
    ['Request', nameOf(of)],
    ['Asked by', `the ${from}`],
    ['Waited', answeredMs === null ? of.time('waitedMs') : timeText(answeredMs)],
    of.happened,
  );
  if (answeredMs !== null)
    return {
      title: 'An answer took very long',
      why: `The ${other} answered after ${timeText(answeredMs)}. Most clients have given up by then.`,
      facts,
      next: [
        {
          text: `Find out what the ${other} does meanwhile, or give the request more time than that (timeout).`,
        },
      ],
    };
  return {
    title: of.is('hasHungUp')
      ? `The ${from} gave up on a request that was not answered`
      : 'A request has no answer',
    why:
      silentMs === null
        ? `The ${other} sends other messages, and no answer to this request.`
        : `Nothing at all has come from the ${other} since, for ${timeText(silentMs)}.`,
    facts,
    next: [
      ...askAgain(of, 10_000),
      {
        text: `Look whether the ${other} has a callback for this service and data id, and whether its program hangs.`,
      },
      {
        text: 'Look whether both sides use the same codec, if nothing was ever answered on this connection.',
      },
    ],
  };
}

export function neverAnswered(of: Case): Story {
  const silent = of.text('silent');
  const codec = of.text('codec');
  const isStruct = codec === STRUCT;
  const bytes = of.number('bytes') ?? 0;
  const noise = bytes === 0 ? '' : ` It sent ${countText(bytes, 'byte')} that are no message.`;
  const facts = of.facts(
    ['Codec of this side', codec],
    ['Asked first', of.text('request')],
    ['Silent for', of.time('silentMs')],
  );
  if (of.is('hasAnsweredBefore')) return answersNoMore(facts, silent, noise);
  const onceAnswered = of.is('isOwn') ? '' : ', above all if it has answered on an earlier connection';
  return {
    title: `The ${silent} has never answered: probably it uses another codec`,
    why: `The connection is open and the ${silent} was asked, also for things that any peer answers by itself, and no message ever came back.${noise} A peer with another codec cannot read a single request, and says nothing about it. Otherwise its program hangs${onceAnswered}, or another program has this port.`,
    facts,
    next: [
      {
        text: `End this connection, as many devices serve one client at a time, and try the other codec (${isStruct ? 'pure_json: without --struct' : 'struct_json, of old peers'}):`,
        code: `socket-protocol ping ${of.address}${isStruct ? '' : ' --struct'}`,
      },
      codecInProgram(
        isStruct ? 'pure_json' : STRUCT,
        'If that says “asking for a sign of life”, use this codec here as well: in a program with this library',
      ),
      {
        text: 'With the Python module, the class decides:',
        code: isStruct ? 'pure_json_protocol(comm)' : 'struct_json_protocol(comm)',
      },
      {
        text: 'If it only opens connections, look whether the program of the peer hangs, serves one client at a time, or is another program.',
      },
    ],
  };
}

/** It speaks this codec, so that is not what is wrong. */
function answersNoMore(facts: Story['facts'], silent: string, noise: string): Story {
  return {
    title: `The ${silent} accepts connections and answers nothing any more`,
    why: `It answered on an earlier connection, so it speaks this codec.${noise} Its program hangs: a system opens connections for one that does. Or it serves one client at a time, and another client has it.`,
    facts,
    next: [
      {
        text: `Look at the program of the ${silent}: does it hang, is it stopped, what was the last line of its log? Start it again.`,
      },
      { text: 'Look who else is connected to it.' },
    ],
  };
}

export function badStatus(of: Case): Story {
  const status = of.number('status') ?? -1;
  const facts = of.facts(
    ['Request', nameOf(of)],
    ['Status', `${status}, "${of.text('statusName')}"`],
    ['Answered by', of.is('isOwn') ? 'this side' : `the ${of.text('from')}`],
    of.happened,
  );
  const explanation = explainStatus(status);
  if (explanation === null)
    return storyFrom(
      { title: 'An answer that is trouble', why: of.entry.text, next: 'Look at the answer.' },
      facts,
    );
  const story = storyFrom(explanation, facts);
  if (!of.is('isOwn')) return story;
  return {
    ...story,
    title: `This side answered "${of.text('statusName')}"`,
    why: `The peer asked for something that this side does not answer. What the status says to the peer: ${explanation.why}`,
    next: [
      { text: 'If the peer is right to ask, answer it here:', ...answerHere(of) },
      { text: 'Otherwise correct the ids at the peer.' },
    ],
  };
}

/** The line of a program that answers the request. */
function answerHere(of: Case): Pick<Step, 'code'> {
  const [serviceId, dataId] = [of.number('serviceId'), of.number('dataId')];
  if (serviceId === null || dataId === null) return {};
  const method = ANSWERED_WITH[serviceId];
  const code =
    method === undefined
      ? `session.registerCallback(${serviceId}, ${dataId}, …)`
      : `session.${method}(${dataId}, …)`;
  return { code };
}

const ANSWERED_WITH: Readonly<Record<number, string>> = {
  [SID_READ_REQUEST]: 'onRead',
  [SID_WRITE_REQUEST]: 'onWrite',
  [SID_EXECUTE_REQUEST]: 'onExecute',
};

export function messageNotSent(of: Case): Story {
  const facts = of.facts(['Message', of.text('detail')]);
  const explanation = explainNote('message-not-sent', of.text('reason'));
  const unknown = {
    title: 'A message was not sent',
    why: 'It waited until its time was over, and send resolved with false.',
    next: '“Message” says what it waited for.',
  };
  return storyFrom(explanation ?? unknown, facts);
}
