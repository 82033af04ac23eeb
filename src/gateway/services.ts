/** The services that go through a gateway: those of everybody, and those of its options. */

import type { ServiceIds } from '../base/service-ids.js';
import type { Contract } from '../contract/contract.js';
import {
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
} from '../protocol/ids.js';
import { Vocabulary, VocabularyAdditions } from '../protocol/vocabulary.js';
import { contractHostOf, type Session } from '../session/session.js';

const BUILT_IN: readonly ServiceIds[] = [
  [SID_READ_REQUEST, SID_READ_RESPONSE],
  [SID_WRITE_REQUEST, SID_WRITE_RESPONSE],
  [SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE],
];

/** The services of one gateway. */
export interface GatewayServices {
  /** Those that can be asked. */
  readonly asked: ReadonlySet<number>;
  /** Which answers which. */
  readonly responseSids: ReadonlyMap<number, number>;
}

/**
 * The services of options.
 *
 * @returns them, and what makes them known to a session
 * @throws RequestSidExistsError or ResponseSidExistsError for ids that contradict each other
 */
export function servicesOf(
  pairs: readonly ServiceIds[],
  contracts: readonly Contract[],
): { readonly services: GatewayServices; readonly register: (session: Session) => void } {
  const additions = new VocabularyAdditions(pairs, []);
  const words = new Vocabulary();
  words.adopt(additions);
  const responseSids = new Map<number, number>([...BUILT_IN, ...pairs]);
  for (const { entries } of contracts) {
    const services = Object.values(entries)
      .filter(({ kind }) => kind === 'request')
      .map(({ requestSid, responseSid }) => [requestSid, responseSid] as const);
    words.adopt(new VocabularyAdditions(services, []));
    for (const [requestSid, responseSid] of services) responseSids.set(requestSid, responseSid);
  }
  const register = (session: Session): void => {
    if (pairs.length > 0) contractHostOf(session)?.adopt(additions);
    for (const contract of contracts) contract.register(session);
  };
  return { services: { asked: new Set(responseSids.keys()), responseSids }, register };
}
