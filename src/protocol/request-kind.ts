import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from './ids.js';

/** The kinds of requests that are measured apart; `other`: those of your own services. */
export type RequestKind = 'read' | 'write' | 'execute' | 'other';

/** The kind of a request by its service id. */
export function requestKindOf(requestSid: number): RequestKind {
  switch (requestSid) {
    case SID_READ_REQUEST:
      return 'read';
    case SID_WRITE_REQUEST:
      return 'write';
    case SID_EXECUTE_REQUEST:
      return 'execute';
    default:
      return 'other';
  }
}
