/** Lets the debugger send requests in a session that it observes. Programs cannot reach it: an observer gets no session. */

import type { Message } from '../../protocol/message.js';
import type { Vocabulary } from '../../protocol/vocabulary.js';

/** A session that can send requests. */
export interface AskableSession {
  /** As the method of a session. */
  request(
    requestSid: number,
    dataId: number,
    data: unknown,
    options: { readonly timeout?: number },
  ): Promise<Message>;
}

/** What the debugger gets. */
export interface AskingDoor {
  readonly session: AskableSession;
  readonly vocabulary: Vocabulary;
}

const doors = new WeakMap<object, AskingDoor>();

/** Lets the debugger send requests in an observed session. */
export function openAskingDoor(observed: object, door: AskingDoor): void {
  doors.set(observed, door);
}

/** The door of a session; undefined where nobody has opened it. */
export function askingDoorOf(observed: object): AskingDoor | undefined {
  return doors.get(observed);
}
