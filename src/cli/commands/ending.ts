/** How commands end that hold sessions open: what has begun finishes first, and what had to be cut is told. */

import type { CloseOptions, CloseReport } from '../../session/close-options.js';
import { CutShortError } from '../errors.js';
import { type Io, OUTPUT_CLOSED } from '../io.js';
import { jsonLine, tell, warn } from '../output.js';
import { untilInterrupted } from './common.js';

/** What was cut: a gateway has no callbacks of its own, and its sessions are closed when nothing is under way. */
type CutReport = Pick<CloseReport, 'cutRequests'> & Partial<CloseReport>;

/** A session, or a server or gateway with its sessions. */
export interface Closable {
  close(options: CloseOptions): Promise<CutReport & { readonly sessions?: number }>;
}

/** A person who waits longer than this wants to know for what; a client gives its peer a second to hang up, which is no news. */
const PATIENCE_MS = 1_500;

/**
 * Keeps something open until the person interrupts it, or it ends by itself. Then pending requests and running callbacks
 * may finish, and it closes; with `--json` the report of that is the last line.
 *
 * @param opened what is kept open
 * @param isJson whether the command was given `--json`
 * @param ended resolves when it ends by itself
 * @throws (rejects) CutShortError where something had to be cut
 */
export async function holdSessions(
  io: Io,
  isJson: boolean,
  opened: Closable,
  ended?: Promise<void>,
): Promise<void> {
  await untilInterrupted(io, ended);
  const patience = setTimeout(() => {
    tell(io, 'waiting', 'Waiting for what is under way; press Ctrl-C again to end at once');
  }, PATIENCE_MS);
  const report = await opened.close({ drain: true }).finally(() => clearTimeout(patience));
  if (isJson) io.stdout(jsonLine({ event: 'closed', ...report }));
  const cut = textOfCut(report);
  if (cut === '') return;
  const error = new CutShortError(`Cut at the end: ${cut}`);
  if (io.interrupted.reason !== OUTPUT_CLOSED) throw error;
  warn(io, error.message);
}

function textOfCut({ cutRequests, cutCallbacks = 0, lostBytes = 0 }: CutReport): string {
  const parts = [
    textOfCount(cutRequests, 'request without an answer', 'requests without an answer'),
    textOfCount(cutCallbacks, 'callback', 'callbacks'),
    textOfCount(lostBytes, 'byte that did not reach its peer', 'bytes that did not reach their peer'),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function textOfCount(count: number, one: string, many: string): string {
  if (count === 0) return '';
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
