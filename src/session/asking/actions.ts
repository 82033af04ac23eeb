/** The actions of the `pending-request` machine, by their names there, for every stepper. */

import type { JsonValue, Message } from '../../protocol/message.js';
import type { PendingRequest } from './pending-request.js';

/** What the actions need besides the request. */
export interface ActionHost {
  /** The answer that came, while a request takes its step to it. */
  readonly answer: Message<JsonValue> | null;
  /** Counts that the answer came too late. */
  lateAnswerDropped(): void;
  /** Reports that the answer of a ghost never came. */
  requestOverdue(): void;
  /** Something that is not ours threw: the session cannot go on. */
  failed(error: unknown): void;
}

/** An action; it may throw. */
export type Action = (host: ActionHost, request: PendingRequest) => void;

export const ACTIONS: Readonly<Record<string, Action>> = {
  'settle with the answer': ({ answer }, request) => {
    if (answer !== null) request.answered(answer);
  },
  'settle as sent': (_, request) => request.sent(),
  'settle as refused': (_, request) => request.refused(),
  'settle as refused by the peer': (_, request) => request.refusedByPeer(),
  'settle as timed out': (_, request) => request.timedOut(),
  'settle as cancelled': (_, request) => request.cancelled(),
  'settle as not sent, connection lost': (_, request) => request.connectionLost(false),
  'settle as outcome unknown, connection lost': (_, request) => request.connectionLost(true),
  'settle as session closed': (_, request) => request.sessionClosed(),
  'drop the late answer': (host) => host.lateAnswerDropped(),
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
