/** Stories of bytes and messages that could not be used. */

import { codecInProgram, STRUCT } from './codecs.js';
import { isOneOf } from './codes.js';
import { DROPS } from './drops.js';
import { type Case, countText, type Step, type Story, storyFrom } from './story.js';

/** How each kind of program is told its codec. */
function useCodec(codec: string): readonly Step[] {
  const isStruct = codec === STRUCT;
  return [
    {
      text: `The command line with ${codec}:`,
      code: isStruct ? '--struct' : 'without --struct',
    },
    codecInProgram(codec, 'A program with this library'),
    {
      text: 'A program with the Python module, by its class:',
      code: isStruct ? 'struct_json_protocol(comm)' : 'pure_json_protocol(comm)',
    },
  ];
}

export function codecMismatch(of: Case): Story {
  const from = of.text('from');
  const [ours, likely] = [of.text('ours'), of.text('likely')];
  const isCertain = of.text('evidence') === 'frames-of-other-codec';
  const facts = of.facts(
    ['This side reads', ours],
    [
      `The ${from} sends`,
      isCertain ? likely : `${countText(of.number('frames') ?? 0, 'frame')} that nobody can read`,
    ],
    ['Bytes', of.text('bytes')],
  );
  if (isCertain && of.is('isBetween') && of.text('others') !== 'reads-ours')
    return readWithTheOtherCodec(of, facts, from, ours, likely);
  if (isCertain)
    return {
      title: `The two sides use different codecs: ${likely} and ${ours}`,
      why: `The frames of the ${from} are no messages of ${ours}, and valid ones of ${likely}. Neither side can read the other, and neither says so: each just waits.`,
      facts,
      next: [
        { text: `Give both sides the same codec: ${likely} here, or ${ours} at the ${from}.` },
        ...useCodec(likely),
      ],
    };
  const other = ours === STRUCT ? 'pure_json' : STRUCT;
  return {
    title: 'Nothing that comes can be read: probably another codec',
    why:
      of.text('evidence') === 'no-answer-while-bytes-come'
        ? `The ${from} was asked and sends bytes, and none of them is a message. Most likely it uses another codec or another version of the protocol.`
        : `The ${from} sends frames, and not one of them is a message of ${ours || 'this codec'}. Most likely it uses another codec or another version of the protocol; damage on the way would spare some.`,
    facts,
    next: [
      { text: `Try ${other}:` },
      ...useCodec(other),
      { text: 'If neither fits, look at the bytes of a frame: choose one in the messages.' },
    ],
  };
}

/** Only the debugger was told another codec, as far as anybody can see. */
function readWithTheOtherCodec(
  of: Case,
  facts: Story['facts'],
  from: string,
  ours: string,
  likely: string,
): Story {
  const other = from === 'client' ? 'server' : 'client';
  const isSilent = of.text('others') === 'silent';
  return {
    title: isSilent
      ? `The ${from} sends ${likely}, and the ${other} does not answer`
      : `The traffic is ${likely}, and the debugger reads ${ours}`,
    why: isSilent
      ? `The frames of the ${from} are valid messages of ${likely}, which the debugger was not told to read. Nothing has come from the ${other}: if that reads ${ours}, the two sides use different codecs, and neither can read the other.`
      : `The frames of both sides are valid messages of ${likely}. Only the debugger was told another codec.`,
    facts,
    next: [
      {
        text: 'Start the debugger again with the codec of the traffic:',
        code:
          likely === STRUCT
            ? 'socket-protocol proxy … --struct --inspect'
            : 'socket-protocol proxy … --inspect',
      },
      ...(isSilent
        ? [{ text: `Give both sides the same codec. For ${ours}, at the ${from}:` }, ...useCodec(ours)]
        : []),
    ],
  };
}

export function badFrames(of: Case): Story {
  const reason = of.text('reason');
  const explanation = isOneOf(DROPS, reason)
    ? DROPS[reason]
    : { title: 'Frames that cannot be read', why: of.entry.text, next: 'Look at their bytes.' };
  return storyFrom(
    explanation,
    of.facts(
      ['From', `the ${of.text('from')}`],
      ['What is wrong', of.text('detail')],
      ['Its bytes', of.text('hex')],
      of.happened,
    ),
  );
}

export function noise(of: Case): Story {
  const from = of.text('from');
  const isText = of.is('isText');
  const text = of.text('text');
  return {
    title: isText
      ? `The ${from} prints text to the line: "${text}"`
      : 'There are bytes on the line that are no frames',
    why: isText
      ? `Frames begin with :< and end with :>. These bytes are outside of frames and read like something that a program or its boot loader prints. They are skipped and do no harm by themselves, but a line in the middle of a frame breaks it.`
      : `Frames begin with :< and end with :>. These bytes are outside of frames and mean nothing: another protocol, a wrong speed of a serial line, or a stream that is joined in the middle of a frame.`,
    facts: of.facts(
      ['The last of them', text === '' ? '' : `"${text}"`],
      ['In hex', of.text('hex')],
      ['Bytes in all', of.text('totalBytes')],
      of.happened,
    ),
    next: isText
      ? [
          {
            text: `Send the output of the ${from} somewhere else than to the line of the protocol: to a file, to standard error, to another serial port.`,
          },
          {
            text: 'In a Python program, look for print() and for a logger that writes to the same stream:',
            code: 'logging.basicConfig(stream=sys.stderr)',
          },
          {
            text: 'On a microcontroller, look for the console of the boot loader or of the kernel:',
            code: 'console=ttyS0',
          },
        ]
      : [
          {
            text: `Look whether the ${from} speaks this protocol at all, and, on a serial line, whether both sides have the same speed.`,
          },
          {
            text: 'Keep the bytes to look at them:',
            code: `socket-protocol proxy 17018 ${of.address} --record noise.jsonl`,
          },
        ],
  };
}

export function dropped(of: Case): Story {
  const reason = of.text('reason');
  const explanation = isOneOf(DROPS, reason)
    ? DROPS[reason]
    : { title: 'A message was dropped', why: of.entry.text, next: 'Look at what came before.' };
  return storyFrom(explanation, of.facts(['What was dropped', of.text('detail')], of.happened));
}
