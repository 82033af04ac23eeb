/** The actions of the `pending-request` machine, by their names there, for every stepper. */

import type { PendingRequest } from './pending-request.js';

/** What the actions need besides the request. */
export interface ActionHost {
  lateAnswerDropped(request: PendingRequest): void;
  /** Reports that the answer of a ghost never came. */
  requestOverdue(): void;
  /** Something that is not ours threw: the session cannot go on. */
  failed(error: unknown): void;
}

/** An action; it may throw. */
export type Action = (host: ActionHost, request: PendingRequest) => void;

export const ACTIONS: Readonly<Record<string, Action>> = {
  'settle with the answer': (_, request) => {
    if (request.answer !== null) request.settle.answered(request.answer);
  },
  'settle as sent': (_, request) => request.settle.sent(),
  'settle as refused': (_, request) => request.settle.refused(),
  'settle as refused by the peer': (_, request) => request.settle.refusedByPeer(request),
  'settle as timed out': (_, request) => request.settle.timedOut(request),
  'settle as cancelled': (_, request) => request.settle.cancelled(request),
  'settle as not sent, connection lost': (_, request) => request.settle.connectionLost(request, false),
  'settle as outcome unknown, connection lost': (_, request) => request.settle.connectionLost(request, true),
  'settle as session closed': (_, request) => request.settle.sessionClosed(request),
  'drop the late answer': (host, request) => host.lateAnswerDropped(request),
  'reset the connection': (host) => host.requestOverdue(),
};

/** Runs an action; if it throws, the session ends, and the request takes its step all the same. */
export function run(action: Action, host: ActionHost, request: PendingRequest): void {
  try {
    action(host, request);
  } catch (error) {
    host.failed(error);
  }
}
