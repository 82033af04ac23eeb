/** Requests from the page: sent in a session that may be asked, and what came of it. */

import { messageOfThrown } from '../base/thrown.js';
import { codeOfError } from '../protocol/error-brand.js';
import {
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
} from '../protocol/ids.js';
import type { Ask, Asked, Names } from './feed.js';
import type { Group } from './group.js';
import type { InspectorHub } from './hub.js';

/** What came of it: the status of HTTP, and what the page is told. */
export interface Outcome {
  readonly httpStatus: number;
  readonly body: Asked;
}

/** What a session does by itself; the answer to one of these is confidential, too. */
const RESERVED: ReadonlySet<number> = new Set([
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
]);

/**
 * Asks in a session.
 *
 * @param body what the page sent, parsed
 * @param elsewhere asks in a session of another process, which decides by itself
 */
export async function ask(
  hub: InspectorHub,
  body: unknown,
  elsewhere?: (group: Group, ask: Ask) => Promise<Outcome>,
): Promise<Outcome> {
  const request = readAsk(body);
  if (typeof request === 'string') return refusal(400, 'bad-request', request);
  const { group: name, serviceId, dataId, data, timeout } = request;
  const group = hub.groups.get(name);
  if (group === undefined)
    return refusal(404, 'no-such-session', `There is no session ${JSON.stringify(name)}`);
  if (group.isOver) return refusal(409, 'session-over', `The session ${JSON.stringify(name)} is over`);
  if (!group.isAskable)
    return refusal(
      403,
      'not-allowed',
      `Nothing may be sent in ${JSON.stringify(name)}: allow it${group.process === null ? '' : ` in the process ${JSON.stringify(group.process)}`} with --allow-send, or watch(name, { canSend: true })`,
    );
  if (RESERVED.has(serviceId))
    return refusal(400, 'reserved', `Service ${serviceId} is reserved for the session`);
  const { door } = group;
  if (door === null) return elsewhere?.(group, request) ?? NOBODY;
  const beganMs = performance.now();
  try {
    const options = timeout === undefined ? {} : { timeout };
    const answer = await door.session.request(serviceId, dataId, data, options);
    const ms = Math.round((performance.now() - beganMs) * 1_000) / 1_000;
    return { httpStatus: 200, body: { status: answer.status, data: inJson(answer.data), ms } };
  } catch (error) {
    const code = codeOfError(error);
    const reason = code === null ? null : String((error as { readonly reason: unknown }).reason);
    const httpStatus = code === 'ERR_OPTION' || code === null ? 400 : 504;
    return { httpStatus, body: { error: messageOfThrown(error), code: code ?? 'failed', reason } };
  }
}

/** A process that has joined asks in its own sessions only. */
const NOBODY: Outcome = {
  httpStatus: 404,
  body: { error: 'The session is in another process', code: 'no-such-session', reason: null },
};

/** JSON has no NaN and no infinities, which devices send, and would make null of them. */
function inJson(data: unknown): unknown {
  if (typeof data === 'number' && !Number.isFinite(data)) return String(data);
  if (Array.isArray(data)) return data.map(inJson);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, inJson(value)]));
}

/**
 * The services and data of a session that have names.
 *
 * @returns null where the session is unknown, or cannot be asked in
 */
export function namesIn(hub: InspectorHub, name: string): Names | null {
  const group = hub.groups.get(name);
  const door = group?.door ?? null;
  // those of another process stay there
  if (door === null) return group?.isAskable === true ? { services: [] } : null;
  return { services: door.vocabulary.services().filter(({ serviceId }) => !RESERVED.has(serviceId)) };
}

/** A refusal with a code of the debugger's own. */
export function refusal(httpStatus: number, code: string, error: string): Outcome {
  return { httpStatus, body: { error, code, reason: null } };
}

/** The request in a body, or what is wrong with it. */
function readAsk(body: unknown): Ask | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'Expected a JSON object';
  const { group, serviceId, dataId, data = null, timeout } = body as Readonly<Record<string, unknown>>;
  if (typeof group !== 'string') return 'group: expected the name of a session';
  if (!isId(serviceId)) return 'serviceId: expected an integer of at least 0';
  if (!isId(dataId)) return 'dataId: expected an integer of at least 0';
  if (timeout === undefined) return { group, serviceId, dataId, data };
  if (typeof timeout !== 'number') return 'timeout: expected milliseconds';
  return { group, serviceId, dataId, data, timeout };
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
