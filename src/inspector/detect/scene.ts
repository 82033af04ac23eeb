/** What a detector knows of the two sides: what each has said on the present connection, and what is unanswered. */

import {
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
} from '../../protocol/ids.js';
import type { MessageEntry } from '../entries.js';
import { Incidents } from './incidents.js';

/** Which of the two peers. */
export type Side = 'client' | 'server';

/** What came from one side on the present connection. */
export interface Heard {
  messages: number;
  /** Frames that could not be read, and their bytes. */
  refused: number;
  refusedBytes: number;
  /** The other codec in which those are valid messages; null if in none. */
  otherCodec: string | null;
  /** Bytes outside of frames, and whether all that was seen of them is text. */
  noiseBytes: number;
  isNoiseText: boolean;
  /** When something last came; null: nothing did. */
  lastMs: number | null;
}

/** A request without an answer so far. */
export interface Asked {
  readonly exchange: number;
  readonly from: Side;
  readonly serviceId: number;
  readonly dataId: number;
  readonly names: { readonly service: string; readonly data: string };
  readonly ms: number;
  /** The incident that it is part of; null: none. */
  incident: number | null;
}

/** More requests without an answer are not remembered. */
const MAX_OPEN = 10_000;

/** One connection. */
export class Link {
  readonly openedMs: number;
  readonly heard: Readonly<Record<Side, Heard>> = { client: silence(), server: silence() };
  /** By exchange, oldest first. */
  readonly open = new Map<number, Asked>();
  isTrusted = false;
  /** Whether its end is known. */
  isOver = false;
  /** Whether the client has begun to authenticate, and how many of its keys were wrong as far as messages and notes say. */
  hasAskedForSeed = false;
  wrongKeys = { noted: 0, answered: 0, told: 0 };
  /** Bytes of a frame that the end of the connection has cut. */
  unfinishedBytes = 0;
  /** Incidents of this connection that explain others. */
  codecIncident: number | null = null;
  neverAnsweredIncident: number | null = null;
  secretIncident: number | null = null;
  noiseIncident: number | null = null;
  halfOpenIncident: number | null = null;
  /** The last frame that was broken off: what follows it until the next one begins is its rest. */
  broken: { readonly incident: number; readonly ms: number } | null = null;
  /** Incidents that the codec would explain, and those since the peer was last heard. */
  readonly suspects = new Set<number>();
  readonly sinceHeard = new Set<number>();

  constructor(openedMs: number) {
    this.openedMs = openedMs;
  }

  /** A message asks. */
  asked({ exchange, from, serviceId, dataId, names }: MessageEntry, ms: number): void {
    if (exchange === null) return;
    if (this.open.size >= MAX_OPEN) this.open.delete(this.open.keys().next().value as number);
    this.open.set(exchange, { exchange, from, serviceId, dataId, names, ms, incident: null });
  }

  /** Unanswered requests of one side. */
  openOf(side: Side): Asked[] {
    return [...this.open.values()].filter(({ from }) => from === side);
  }
}

function silence(): Heard {
  return {
    messages: 0,
    refused: 0,
    refusedBytes: 0,
    otherCodec: null,
    noiseBytes: 0,
    isNoiseText: true,
    lastMs: null,
  };
}

/** What all rules of a detector share. */
export class Scene {
  readonly incidents = new Incidents();
  /** Which side this is; null for an observer between the two, such as a proxy. */
  own: Side | null = null;
  link = new Link(0);
  /** The incident that says why there is no connection; null while there is one. */
  noLinkIncident: number | null = null;

  /** The sides that have sent a message that could be read, on any connection: their codec fits. */
  readonly understood = new Set<Side>();

  /** Services of requests that were answered at least once. */
  readonly answeredServices = new Set<number>();

  /**
   * Whether a request is to be answered. A session knows its services. An observer knows those of the protocol, and learns others
   * by their answers: until then, what looks like a request may be a message that needs none.
   */
  expectsAnswer({ serviceId }: Asked): boolean {
    return this.own !== null || REQUESTS.has(serviceId) || this.answeredServices.has(serviceId);
  }

  /**
   * An observer found no answer to a request. The time-out of the side that asked is unknown.
   *
   * @returns the incident
   */
  unanswered(
    { from, names, serviceId, dataId, exchange, ms: askedMs }: Asked,
    told: { readonly text: string; readonly hasHungUp: boolean; readonly coveredBy: number | null },
    ms: number,
  ): number {
    const { text, hasHungUp, coveredBy } = told;
    const { lastMs } = this.link.heard[peerOf(from)];
    const isSilent = lastMs === null || lastMs <= askedMs;
    const about = {
      service: names.service,
      data: names.data,
      serviceId,
      dataId,
      from,
      requestNumber: exchange,
      waitedMs: Math.round(ms - askedMs),
      silentMs: isSilent ? Math.round(ms - (lastMs ?? this.link.openedMs)) : null,
      hasHungUp,
      answeredAfterMs: null,
    };
    const key = `${from} ${serviceId} ${dataId}`;
    return this.incidents.happened({ code: 'unanswered', key, text, about, exchange, coveredBy }, ms);
  }

  /** A link opened. */
  linkOpened(ms: number): void {
    this.link = new Link(ms);
    this.noLinkIncident = null;
  }
}

const REQUESTS: ReadonlySet<number> = new Set([
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  SID_EXECUTE_REQUEST,
]);

/** The other side. */
export function peerOf(side: Side): Side {
  return side === 'client' ? 'server' : 'client';
}

/** Whether any peer answers such a request by itself, at once. */
export function isAnsweredByAnyPeer({ serviceId }: { readonly serviceId: number }): boolean {
  return serviceId === SID_CHANNEL_NAME_REQUEST || serviceId === SID_AUTH_REQUEST;
}

/** A time as people read it: `340 ms`, `5.0 s`. */
export function timeText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** `one request`, `3 requests`. */
export function countText(count: number, one: string): string {
  return count === 1 ? `one ${one}` : `${count} ${one}s`;
}
