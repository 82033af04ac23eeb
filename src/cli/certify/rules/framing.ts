/** Rules about frames (protocol.md section 1). Each pings: asks for what every peer answers. */

import { encodeStp } from '../../../wire/stp.js';
import { messageEvents, since } from '../record.js';
import type { Need, Rule, Say } from '../rule.js';
import { differs, HOLDS, notJudged } from '../verdicts.js';
import { access, CONNECT, hearPongs, judgePongs, missing, ping, pingOf, read, send } from './parts.js';

/** Far more than a chunk of 64 KiB, far less than the limit of 16 MiB. */
const LONG = 100_000;

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A rule that a request is read, however its bytes come. */
function reads(
  id: `framing/${string}`,
  title: string,
  pieces: (say: Say) => readonly Uint8Array[],
  { count = 1, needs = [] }: { readonly count?: number; readonly needs?: readonly Need[] } = {},
): Rule {
  return {
    id,
    title,
    section: 1,
    needs,
    steps: (say) => [
      ...(needs.includes('access') ? access(say) : [CONNECT]),
      send('request', ...pieces(say)),
      hearPongs(say, count),
    ],
    judge: (record, subject) => judgePongs(record, 'request', count, subject),
  };
}

/** Each byte alone. */
function single(frame: Buffer): readonly Buffer[] {
  return Array.from(frame, (byte) => Buffer.from([byte]));
}

/** The frame, cut after each colon: within every escape. */
function cutInEscapes(frame: Buffer): readonly Buffer[] {
  const cuts = [...frame.entries()].flatMap(([index, byte]) => (byte === 0x3a ? [index + 1] : []));
  return [0, ...cuts].map((start, index) => frame.subarray(start, cuts[index] ?? frame.length));
}

export const FRAMING_RULES: readonly Rule[] = [
  reads('framing/whole', 'reads a frame', ({ ping }) => [ping]),
  reads('framing/bytes', 'reads a frame that comes byte by byte', ({ ping }) => single(ping)),
  reads('framing/cut', 'reads a frame that is cut within its escapes', ({ ping }) => cutInEscapes(ping)),
  reads('framing/joined', 'reads two frames in one segment', ({ ping }) => [Buffer.concat([ping, ping])], {
    count: 2,
  }),
  reads('framing/after-noise', 'finds a frame after bytes that are none', ({ ping }) => [
    Buffer.concat([bytes('boot v1.2 ok\r\n'), ping]),
  ]),
  reads('framing/controls', 'finds a frame after colons and controls outside of one', ({ ping }) => [
    Buffer.concat([bytes(':=:>::x:'), ping]),
  ]),
  reads('framing/restart', 'drops a frame that another one interrupts', ({ ping }) => [
    Buffer.concat([bytes(':<{"data_id"'), ping]),
  ]),
  reads('framing/bad-escape', 'drops a frame with a colon that is not escaped', ({ ping }) => [
    Buffer.concat([bytes(':<ab:xcd:>'), ping]),
  ]),
  reads('framing/empty', 'survives a frame without a payload', ({ ping }) => [
    Buffer.concat([encodeStp(Buffer.alloc(0)), ping]),
  ]),
  reads(
    'framing/long',
    `reads a frame of ${LONG.toLocaleString('en')} bytes`,
    (say) => [encodeStp(pingOf(say, `null${' '.repeat(LONG)}`))],
    { needs: ['access'] },
  ),
  {
    id: 'framing/escapes',
    title: 'escapes colons in what it sends',
    section: 1,
    judgesWithout: 'answers',
    judgesUnread: true,
    // a message in JSON has colons of its own
    steps: (say) => {
      const { dataId } = say.subject;
      if (dataId === null) return [{ do: 'connect', isSilent: true }, ...ping(say)];
      return [...access(say), ...read(say, 'read', dataId)];
    },
    judge: (record, subject) => {
      if (record.some((event) => event.kind === 'bad frame' && event.reason === 'broken-escape'))
        return differs('a colon in what it sends is not escaped');
      const events = since(record, subject.dataId === null ? 'ping' : 'read');
      const answers = messageEvents(events);
      if (answers.length === 0) return notJudged(subject.silence ?? missing(events, subject));
      if (answers.some(({ payload }) => payload.includes(':'))) return HOLDS;
      const data = subject.dataId === null ? 'any data' : subject.dataId;
      return notJudged(`what it answers to READ ${data} has no colon; --data-id ID reads other data`);
    },
  },
  {
    id: 'framing/nothing-else',
    title: 'sends frames, and nothing between them',
    section: 1,
    judgeTotals: ({ noiseBytes, noiseSample, faults, messages }) => {
      const restarted = faults['restarted'] ?? 0;
      if (restarted > 0) return differs(`began a frame within another, ${restarted} times`);
      if (noiseBytes > 0)
        return differs(`sent ${noiseBytes} bytes outside of frames, such as ${noiseSample}`);
      return messages > 0 ? HOLDS : notJudged('no message came');
    },
  },
];
