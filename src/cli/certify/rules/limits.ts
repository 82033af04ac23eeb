/** Rules about peers that overdo it (protocol.md sections 1 and 5): the peer may hang up, and must still be there afterwards. */

import { SID_CHANNEL_NAME_REQUEST, SID_READ_REQUEST } from '../../../protocol/ids.js';
import { encodeStp } from '../../../wire/stp.js';
import { isGone, type LinkRecord, pongs, since } from '../record.js';
import type { Need, Rule, Say, Step, Verdict } from '../rule.js';
import { differs, HOLDS, observed } from '../verdicts.js';
import { access, CONNECT, hearPongs, pingOf, STRANGER, send } from './parts.js';

const KIB = 1024;
/** A stranger's frame may have 4 KiB. */
const STRANGERS_FRAME = 8 * KIB;
/** Deeper than a reader that calls itself can go. */
const DEEP = 100_000;
/** More than a server of ours takes. */
const BAD_FRAMES = 200;
/** Over the limit of 16 MiB. */
const ENDLESS = 17 * KIB * KIB;
const LONG_NAME = 100_000;

/** A rule that the peer greets a new connection after something. */
function survives(
  id: `limit/${string}`,
  title: string,
  bytes: (say: Say) => Uint8Array,
  needs: readonly Need[] = [],
): Rule {
  return {
    id,
    title,
    section: 1,
    needs: ['attacks', ...needs],
    steps: (say) => [
      ...(needs.includes('access') ? access(say) : [CONNECT]),
      send('much', bytes(say)),
      // it may have been dropped, and what follows answered; or the peer hangs up
      send('ping', say.ping),
      hearPongs(say),
      { do: 'connect', mayFail: true },
    ],
    judge: judgeSurvival,
  };
}

function judgeSurvival(record: LinkRecord): Verdict {
  const lost = record.find((event) => event.kind === 'unreachable');
  return lost === undefined ? HOLDS : differs(`afterwards: ${lost.why}`);
}

const untrustedFrame = (say: Say): Step =>
  send('long', encodeStp(pingOf(say, `null${' '.repeat(STRANGERS_FRAME)}`)));

export const LIMIT_RULES: readonly Rule[] = [
  {
    id: 'limit/untrusted-frame',
    title: 'hangs up at a frame of 8 KiB before trust',
    section: 1,
    needs: ['guarded peer', 'attacks'],
    isOpen: true,
    steps: (say) => [STRANGER, untrustedFrame(say), hearPongs(say)],
    judge: (record, { ping }) => {
      const events = since(record, 'long');
      if (pongs(events, ping).length > 0) return observed('reads it');
      return isGone(events) ? HOLDS : observed('drops it');
    },
  },
  survives(
    'limit/deep-data',
    `survives data that is nested ${DEEP.toLocaleString('en')} levels deep`,
    (say) => encodeStp(say.payloadOf(SID_READ_REQUEST, 0, `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)),
    ['access'],
  ),
  survives('limit/bad-frames', `survives ${BAD_FRAMES} frames that are no messages`, () =>
    Buffer.concat(new Array<Buffer>(BAD_FRAMES).fill(encodeStp(Buffer.from('no message')))),
  ),
  survives('limit/other-protocol', 'survives a peer that speaks HTTP', () =>
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  ),
  survives('limit/endless-frame', 'survives a frame that does not end within 17 MiB', () =>
    Buffer.concat([Buffer.from(':<'), Buffer.alloc(ENDLESS, 0x20)]),
  ),
];

/** For peers that listen, which get a name with the request for theirs. */
export const LONG_NAME_RULE: Rule = survives(
  'limit/long-name',
  `survives a channel name of ${LONG_NAME.toLocaleString('en')} characters`,
  (say) => say.request(SID_CHANNEL_NAME_REQUEST, 0, '\u001b[31m'.padEnd(LONG_NAME, 'x')),
  ['access', 'channel'],
);
