/**
 * What follows from an announcement of the session machine. The rooms act at once, before the actors below hear of the step; the
 * user hears of it when the step is complete.
 */

import type { SessionAnnouncement } from '../../machines/index.js';
import { warn } from '../base/warnings.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { CommInstance } from '../transport/comm-instance.js';
import type { Answerer } from './answering/answerer.js';
import type { Asking } from './asking/asking.js';
import type { Authenticating } from './authenticating.js';
import type { CloseReport } from './close-options.js';
import type { Failures } from './flight-record.js';
import type { Heartbeat } from './heartbeat.js';
import type { Journal } from './journal/journal.js';
import { LOG_LEVEL } from './journal/logging.js';
import type { Link } from './link.js';
import type { Middlewares } from './middleware/middlewares.js';
import type { Output } from './sending/output.js';

/** What hears of an announcement. */
export interface FollowingParts {
  readonly comm: CommInstance;
  readonly journal: Journal;
  readonly link: Link;
  readonly asking: Asking;
  readonly answerer: Answerer;
  readonly output: Output;
  readonly heartbeat: Heartbeat | null;
  readonly failures: Failures;
  /** Null until somebody adds one. */
  readonly middlewares: Middlewares | null;
  /** Null until somebody calls `authenticate()`. */
  readonly authenticating: Authenticating | null;
  readonly boundName: string | null;
  readonly endsWithItsLink: boolean;
  /** Messages of the connection before are forgotten. */
  clearBuffer(): void;
  /** Lets go of the transport and of the actor, which have closed. */
  released(): CloseReport;
}

/** Follows an announcement. */
export function follow(parts: FollowingParts, announcement: SessionAnnouncement): void {
  const { journal, answerer, authenticating } = parts;
  switch (announcement.type) {
    case 'connected':
      return connected(parts);
    case 'disconnected':
      return disconnected(parts, announcement.reason);
    case 'connectFailed':
      return connectFailed(parts, announcement.reason);
    case 'abandoned':
      authenticating?.settle(false);
      return journal.later('abandoned', announcement.reason);
    case 'trusted':
      answerer.limitChanged();
      journal.note('trusted');
      journal.flight?.trusted();
      authenticating?.settle(true);
      return journal.later('trusted');
    case 'untrusted':
      answerer.limitChanged();
      return journal.later('untrusted');
    case 'authenticationFailed':
      journal.counts.failedAuthentications++;
      journal.note('authentication-failed', announcement.reason);
      parts.failures.happened('authentication-failed', announcement.reason, '');
      authenticating?.settle(false);
      return journal.later('authenticationFailed', announcement.reason);
    case 'closing':
      answerer.close();
      return authenticating?.settle(false);
    case 'closed':
      return journal.later('closed', parts.released());
  }
}

function connected(parts: FollowingParts): void {
  const { comm, journal, asking } = parts;
  journal.counts.connections++;
  asking.lastPeerAddress = comm.peerAddress;
  journal.peerName = parts.boundName;
  parts.link.opened();
  parts.clearBuffer();
  parts.heartbeat?.linkOpened();
  parts.answerer.linkOpened();
  journal.linkOpened(comm.peerAddress, parts.endsWithItsLink);
  parts.authenticating?.linkOpened();
  journal.later('connected');
}

function disconnected(parts: FollowingParts, reason: LinkReason): void {
  const { journal, link } = parts;
  // before the waiting requests are settled
  if (journal.isObserved) observeLoss(parts, reason);
  parts.answerer.linkLost(reason === 'session-closed');
  parts.output.linkLost();
  link.lost();
  parts.middlewares?.linkLost();
  const detail = link.detailOfLoss(reason);
  journal.note('disconnected', reason, detail);
  if (reason !== 'session-closed') parts.failures.linkLost(reason, detail);
  parts.authenticating?.settle(false);
  journal.later('disconnected', reason);
}

function observeLoss({ journal, asking }: FollowingParts, reason: LinkReason): void {
  const { unanswered, queued } = asking.waiting;
  const isOwnWish = reason === 'session-closed' || reason === 'reconnect-requested';
  const waiting = { requestsUnanswered: unanswered, requestsQueued: queued };
  journal.observed({ type: 'link-lost', reason, isOwnWish, ...waiting });
}

function connectFailed(parts: FollowingParts, reason: LinkReason): void {
  const { journal } = parts;
  const error = parts.link.failed(reason);
  journal.note('connect-failed', reason, error.message);
  if (reason === 'cannot-listen') warnOfDeafness(parts, error);
  journal.later('connectFailed', error);
}

/** A server that cannot listen is of no use to anybody: somebody must hear of it. */
function warnOfDeafness({ journal, comm }: FollowingParts, { message }: Error): void {
  if (journal.isHeard('connectFailed', LOG_LEVEL.warning)) return;
  warn('SP_CANNOT_LISTEN', message, { scope: comm });
}
