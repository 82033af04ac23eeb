/**
 * What a rule is: a piece of protocol.md as data. It says what is sent and how the record of what came is judged; how bytes
 * travel, and how long anybody waits, is the business of the conversation.
 */

import type { JsonValue } from '../../protocol/message.js';
import type { Role } from '../../protocol/role.js';
import type { Codec } from '../../wire/codec.js';
import type { LinkRecord, Ping } from './record.js';
import type { Totals } from './totals.js';

/** What became of a rule. Only `differs` is a failure. */
export const VERDICTS = ['differs', 'holds', 'observed', 'not judged'] as const;

/** `observed`: what the peer does is told, because the protocol leaves it open, or the original's way is not known. */
export type VerdictKind = (typeof VERDICTS)[number];

/** What became of a rule, and why, for people; empty where there is nothing to add. */
export interface Verdict {
  readonly kind: VerdictKind;
  readonly text: string;
}

/** The groups of rules, in the order in which they are run and printed. */
export const GROUPS = [
  'framing',
  'message',
  'name',
  'status',
  'dispatch',
  'order',
  'authentication',
  'limit',
  'connection',
] as const;

export type Group = (typeof GROUPS)[number];

/** What a rule needs besides a peer that answers. */
export type Need =
  /** The peer has a secret: one that listens lets nobody ask before an authentication, one that connects asks for a seed. */
  | 'guarded peer'
  | 'unguarded peer'
  /** The peer asks for a seed, or ought to, as we hold a secret. */
  | 'guarded peer or secret'
  /** The peer turns away who has proven nothing: only then it can be seen that somebody is not trusted. */
  | 'turns strangers away'
  /** We hold the secret. */
  | 'secret'
  /** Requests are answered: the peer has no secret, or we hold it. */
  | 'access'
  /** A data id that can be read. */
  | 'data'
  | 'pure_json'
  | 'channel'
  | 'named peer'
  | 'nameless peer'
  | 'write'
  | 'execute'
  | 'attacks';

/** The transitions of a machine, of the peer's, that a rule is about, by the keys that the pictures have. */
export interface Painted {
  /** The name of the picture. */
  readonly chart: 'authentication' | 'channel-name' | 'connection';
  readonly transitions: readonly string[];
}

interface RuleHead {
  /** `group/name`. */
  readonly id: `${Group}/${string}`;
  /** A sentence about the peer. */
  readonly title: string;
  /** The section of protocol.md. */
  readonly section: 1 | 2 | 3 | 4 | 5;
  readonly needs?: readonly Need[];
  /** Set where the original's way is not known, so that every way is accepted. */
  readonly isOpen?: true;
  /** What the peer may lack, so that all other rules cannot be judged, and this one can. */
  readonly judgesWithout?: 'answers' | 'trust';
  /** Set where frames that cannot be read are what the rule is about. */
  readonly judgesUnread?: true;
  readonly charts?: readonly Painted[];
}

/** A rule with a conversation of its own. */
export interface TalkRule extends RuleHead {
  /** What is done, in order; each rule begins with a connection. */
  readonly steps: (say: Say) => readonly Step[];
  /** Judges what came; knows nothing but its arguments. `say` is what the steps were made with. */
  readonly judge: (record: LinkRecord, subject: Subject, say: Say) => Verdict;
}

/** A rule about everything that the peer sent during the run. */
export interface WatchRule extends RuleHead {
  readonly judgeTotals: (totals: Totals) => Verdict;
}

export type Rule = TalkRule | WatchRule;

/** The peer, and what may be done to it. */
export interface Subject {
  /** Whether it listens or connects. */
  readonly role: Role;
  readonly codec: Codec;
  readonly ping: Ping;
  /** Why hardly a rule can be judged: it does not answer; null: it does. */
  readonly silence: string | null;
  /** Why it does not trust us, though it took our key; null: it does, or there is none. */
  readonly distrust: string | null;
  /** The name that it has without ours. */
  readonly peerName: string | null;
  /** Whether it has a secret. */
  readonly isGuarded: boolean;
  /** Whether it answers READ with status 3 before trust. */
  readonly turnsAway: boolean;
  /** Whether we hold the secret. */
  readonly hasSecret: boolean;
  readonly channel: string | null;
  /** A data id that can be read; null: none was found. */
  readonly dataId: number | null;
  /** How long the answer to a READ took, in milliseconds. */
  readonly readMs: number;
  readonly write: Target | null;
  readonly execute: Target | null;
  readonly allowsAttacks: boolean;
  /** How long each answer may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What may be written or executed. */
export interface Target {
  readonly dataId: number;
  /** Undefined: any. */
  readonly data: JsonValue | undefined;
}

/** What to do next in a conversation. */
export type Step =
  /**
   * Hangs up, and connects again, or waits for the peer to do so, and does what comes first: to a peer that listens, the request for
   * its channel name; for one that connects, all that it asks for, so that it trusts us. `isSilent`: nothing of this;
   * `isStranger`: no more than the names. The first of a rule may go on with the connection of the rule before, unless either is
   * set. With `mayFail`, it is recorded if it fails.
   */
  | {
      readonly do: 'connect';
      readonly isSilent?: true;
      readonly isStranger?: true;
      readonly mayFail?: true;
    }
  /** Proves to a peer that listens that we hold the secret. */
  | { readonly do: 'authenticate' }
  /** Sends each piece in a segment of its own; nothing where a piece needs what did not come. */
  | {
      readonly do: 'send';
      readonly label: string;
      readonly pieces: (record: LinkRecord) => readonly Uint8Array[] | null;
    }
  /**
   * Waits, as long as an answer may take, for something in what came since the last `send`, or since the connection was opened,
   * where that was later; where it is several answers, as long for each of them.
   */
  | {
      readonly do: 'hear';
      readonly until: (since: LinkRecord) => boolean;
      readonly count?: (since: LinkRecord) => number;
    }
  /** Ends our stream, and still reads. */
  | { readonly do: 'end' };

/** Makes what is sent, right or deliberately wrong, and the steps that rules have in common. */
export interface Say {
  readonly subject: Subject;
  /** The payload of a request. */
  payload(serviceId: number, dataId: number, data?: JsonValue): Buffer;
  /** The payload of a message whose data is any text, with a right checksum. */
  payloadOf(serviceId: number, dataId: number, dataText: string): Buffer;
  /** Any text as a payload of pure_json, with a right checksum. */
  textPayload(text: string): Buffer;
  /** A request in its frame. */
  request(serviceId: number, dataId: number, data?: JsonValue): Buffer;
  /** An answer in its frame. */
  answer(serviceId: number, dataId: number, data: JsonValue, status?: number): Buffer;
  /** The {@link Ping} of the peer. */
  readonly ping: Buffer;
  /** The key for a seed, in a request; null without a seed. */
  key(seed: string | null): Buffer | null;
  /** The key for a seed as a text; null where we do not hold the secret. */
  keyFor(seed: string): string | null;
  /** A seed under a name: the same each time it is asked for, and another in each rule and run. */
  seed(name: string): string;
}
