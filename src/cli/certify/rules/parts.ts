/** Steps and judgements that rules have in common. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS__NAMES,
  STATUS_AUTH_REQUIRED,
  STATUS_OKAY,
} from '../../../protocol/ids.js';
import type { Message } from '../../../protocol/message.js';
import { answers, faultsIn, isGone, type LinkRecord, pongs, since } from '../record.js';
import type { Painted, Say, Step, Subject, Verdict } from '../rule.js';
import { UNLIKELY_DATA_ID } from '../say.js';
import { differs, HOLDS } from '../verdicts.js';

/** Connects, and asks for the channel name as every client does; or lets the peer connect, and does what it asks for. */
export const CONNECT: Step = { do: 'connect' };
/** The same, and nobody authenticates. */
export const STRANGER: Step = { do: 'connect', isStranger: true };
/** Proves to hold the secret. */
export const AUTHENTICATE: Step = { do: 'authenticate' };

/** Connects, and authenticates where the peer wants it; one that connects has done so by then. */
export function access({ subject: { isGuarded, role } }: Say): readonly Step[] {
  return isGuarded && role === 'server' ? [CONNECT, AUTHENTICATE] : [CONNECT];
}

/** Sends bytes, each piece in a segment of its own. */
export function send(label: string, ...pieces: readonly Uint8Array[]): Step {
  return { do: 'send', label, pieces: () => pieces };
}

/** Waits until as many answers with these ids have come. */
export function hear(serviceId: number, dataId: number, count = 1): Step {
  const heard = (record: LinkRecord): number => answers(record, serviceId, dataId).length;
  return { do: 'hear', until: (record) => heard(record) >= count, count: heard };
}

/** Waits until as many pings have been answered. */
export function hearPongs({ subject }: Say, count = 1): Step {
  return hear(subject.ping.response, subject.ping.dataId, count);
}

/** Pings, to see whether the peer still answers, and that nothing else comes before that. */
export function ping(say: Say): readonly Step[] {
  return [send('ping', say.ping), hearPongs(say)];
}

/** The payload of a ping whose data is any text. */
export function pingOf({ subject: { ping }, payloadOf }: Say, dataText: string): Buffer {
  return payloadOf(ping.request, ping.dataId, dataText);
}

/** Sends a READ, and waits for its answer. */
export function read(say: Say, label: string, dataId: number): readonly Step[] {
  return [send(label, say.request(SID_READ_REQUEST, dataId)), hear(SID_READ_RESPONSE, dataId)];
}

/** Asks for a seed, and waits for it. */
export function askSeed(say: Say, label = 'seed'): readonly Step[] {
  return [send(label, say.request(SID_AUTH_REQUEST, DID_AUTH_SEED)), hear(SID_AUTH_RESPONSE, DID_AUTH_SEED)];
}

/** Sends a key, and waits for the verdict on it. */
export function sendKey(label: string, key: (record: LinkRecord) => Buffer | null): readonly Step[] {
  return [
    {
      do: 'send',
      label,
      pieces: (record) => {
        const bytes = key(record);
        return bytes === null ? null : [bytes];
      },
    },
    hear(SID_AUTH_RESPONSE, DID_AUTH_KEY),
  ];
}

/** The seed that came after a request for one. */
export function seedAfter(record: LinkRecord, label: string): string | null {
  const [answer] = answers(since(record, label), SID_AUTH_RESPONSE, DID_AUTH_SEED);
  return typeof answer?.data === 'string' ? answer.data : null;
}

/** Why an answer did not come, or something else that the peer has to send. */
export function missing(
  events: LinkRecord,
  subject: Subject,
  what: 'answer' | 'key' | 'message' | 'request' = 'answer',
): string {
  const faults = faultsIn(events);
  const came = faults === '' ? '' : `; what came could not be read: ${faults}`;
  if (isGone(events)) return `the peer hung up without ${what === 'answer' ? 'an' : 'a'} ${what}${came}`;
  return `no ${what} within ${subject.timeoutMs} ms${came}`;
}

/** Whether pings were answered as often as they were sent, and the connection goes on. */
export function judgePongs(record: LinkRecord, label: string, count: number, subject: Subject): Verdict {
  const events = since(record, label);
  const heard = pongs(events, subject.ping).length;
  if (heard > count) return differs(`answered ${heard} times, expected ${count === 1 ? 'once' : count}`);
  if (heard === count) return isGone(events) ? differs('answered, and hung up') : HOLDS;
  const which = count === 1 ? '' : `${heard} of ${count} were answered: `;
  return differs(`${which}${missing(events, subject)}`);
}

/** A status in words. */
export function statusText(status: number): string {
  return `status ${status} (${STATUS__NAMES[status] ?? 'unknown'})`;
}

/** Whether a request before trust was turned away in the right form; null if so, else what is wrong. */
export function judgeTurnedAway(
  answer: Message | undefined,
  events: LinkRecord,
  subject: Subject,
): string | null {
  if (answer === undefined) return missing(events, subject);
  if (answer.status === STATUS_AUTH_REQUIRED)
    return answer.data === null ? null : 'data came with the refusal';
  return `${statusText(answer.status)} before trust, expected ${statusText(STATUS_AUTH_REQUIRED)}`;
}

/** Whether READ was turned away, which says that the peer does not trust us; null if so, else what is wrong. */
export function judgeUntrusted(
  record: LinkRecord,
  label: string,
  dataId: number,
  subject: Subject,
): string | null {
  const events = since(record, label);
  const [answer] = answers(events, SID_READ_RESPONSE, dataId);
  if (answer === undefined) return missing(events, subject);
  return answer.status === STATUS_AUTH_REQUIRED ? null : statusText(answer.status);
}

/** Whether a verdict on a key is the right one in its right form; null if so. */
export function isVerdict(answer: Message | undefined, isTrusted: boolean): boolean {
  return answer?.status === STATUS_OKAY && answer.data === isTrusted;
}

/** Transitions of the peer's side of the authentication. */
export function authentication(...transitions: readonly string[]): Painted {
  return { chart: 'authentication', transitions };
}

/** Transitions of the exchange of names. */
export function channelName(...transitions: readonly string[]): Painted {
  return { chart: 'channel-name', transitions };
}

/** Transitions of the connection. */
export function connection(...transitions: readonly string[]): Painted {
  return { chart: 'connection', transitions };
}

// transitions of the authentication, by their keys in the picture
export const SEED_REQUESTED = 'server.untrusted peer.seedRequested 0';
export const SEED_AGAIN = 'server.seedSent peer.seedRequested 0';
export const KEY_ACCEPTED = 'server.seedSent peer.keyAccepted 0';
export const KEY_REJECTED = 'server.seedSent peer.keyRejected 0';
export const KEY_WITHOUT_SEED = 'server peer.keyRejected 0';

/** A key that fits no seed. */
export const WRONG_KEY = '0'.repeat(128);

/** READ of what nobody is likely to have on a whitelist. */
export const readUnlikely = (say: Say): readonly Step[] => read(say, 'read', UNLIKELY_DATA_ID);
