/** Rules for peers that connect about what all others need (protocol.md sections 4 and 5). */

import {
  DID_CHANNEL_NAME,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_READ_RESPONSE,
  STATUS_OKAY,
} from '../../../protocol/ids.js';
import { messages, onLastLink, pongs, since } from '../record.js';
import type { Rule } from '../rule.js';
import { differs, HOLDS, observed } from '../verdicts.js';
import { HEAR_SEED_REQUEST, SILENT, seedRequests } from './client-parts.js';
import {
  authentication,
  CONNECT,
  channelName,
  connection,
  hear,
  judgePongs,
  missing,
  ping,
  STRANGER,
  send,
  statusText,
} from './parts.js';

/** What all others need comes first: where it differs, they cannot be judged. */
export const FIRST_RULES: readonly Rule[] = [
  {
    id: 'connection/returns',
    title: 'connects again after its connection was ended',
    section: 4,
    judgesWithout: 'answers',
    charts: [connection('connected link.closed 0', 'connecting link.opened 0')],
    steps: () => [{ ...SILENT, mayFail: true }],
    judge: (record) => {
      const lost = record.find((event) => event.kind === 'unreachable');
      return lost === undefined ? HOLDS : differs(lost.why);
    },
  },
  {
    id: 'name/asked',
    title: 'asks for the channel name before anything else, and gives its own or null',
    section: 4,
    judgesWithout: 'answers',
    charts: [channelName('unlinked link.opened 0')],
    steps: () => [SILENT, hear(SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME)],
    judge: (record, subject) => {
      const [first] = messages(onLastLink(record));
      if (first === undefined) return differs(subject.silence ?? missing(record, subject, 'message'));
      const { serviceId, dataId, status, data } = first;
      if (serviceId !== SID_CHANNEL_NAME_REQUEST || dataId !== DID_CHANNEL_NAME)
        return differs(`sent (${serviceId}, ${dataId}) first, expected (8, 0)`);
      if (status !== STATUS_OKAY) return differs(`asked with ${statusText(status)}`);
      return data === null || typeof data === 'string' ? HOLDS : differs('its name is no text');
    },
  },
  {
    id: 'name/unanswered',
    title: 'asks for a seed although its name is not answered',
    section: 4,
    needs: ['guarded peer'],
    isOpen: true,
    steps: () => [SILENT, HEAR_SEED_REQUEST],
    judge: (record) =>
      seedRequests(record).length > 0 ? HOLDS : observed('waits for the answer to its channel name'),
  },
  {
    id: 'name/answer-unasked',
    title: 'is not disturbed by a channel name that it did not ask for',
    section: 4,
    charts: [channelName(' peer.* 0')],
    steps: (say) => [
      CONNECT,
      send('name', say.answer(SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, 'another')),
      ...ping(say),
    ],
    judge: (record, subject) => judgePongs(record, 'name', 1, subject),
  },
  {
    id: 'authentication/seed-request',
    title: 'asks for a seed after it connected, with data null',
    section: 4,
    needs: ['guarded peer or secret'],
    judgesWithout: 'answers',
    charts: [authentication('client.untrusted authentication.start 0')],
    steps: () => [STRANGER, HEAR_SEED_REQUEST],
    judge: (record, subject) => {
      const [request] = seedRequests(record);
      if (request !== undefined) return request.data === null ? HOLDS : differs('asked with data');
      return differs(missing(onLastLink(record), subject, 'request'));
    },
  },
  {
    id: 'dispatch/answered',
    title: 'answers READ of data that it does not have',
    section: 5,
    judgesWithout: 'answers',
    steps: (say) => [CONNECT, ...ping(say)],
    judge: (record, subject) => {
      const events = since(record, 'ping');
      if (pongs(events, subject.ping).length > 0) return HOLDS;
      const [other] = messages(events).filter(({ serviceId }) => serviceId === SID_READ_RESPONSE);
      return differs(
        other === undefined
          ? missing(events, subject)
          : `answered with (11, ${other.dataId}), expected (11, ${subject.ping.dataId})`,
      );
    },
  },
];
