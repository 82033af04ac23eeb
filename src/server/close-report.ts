import type { CloseReport } from '../session/close-options.js';

/** What became of what was under way when a server closed: of all of its sessions together. */
export interface ServerCloseReport extends CloseReport {
  /** How many sessions there were to close. */
  readonly sessions: number;
}

/** The reports of all sessions as one. */
export function sumOf(reports: readonly CloseReport[]): ServerCloseReport {
  const sum = { sessions: reports.length, lostBytes: 0, cutRequests: 0, cutCallbacks: 0 };
  for (const { lostBytes, cutRequests, cutCallbacks } of reports) {
    sum.lostBytes += lostBytes;
    sum.cutRequests += cutRequests;
    sum.cutCallbacks += cutCallbacks;
  }
  return Object.freeze(sum);
}
