import { codeOfError } from '../protocol/error-brand.js';
import type { ConnectionLostError, TimeoutError } from '../protocol/errors.js';
import { hasFailedAfterSending } from '../protocol/failed-after-sending.js';
import type { ShareLossReason } from './answers.js';

/** A message could not be written: the connection went away, or too much waits on it. */
export const NOT_WRITTEN: Error = new Error('the device was away, or does not read');

type Outcome = ShareLossReason | 'device-busy' | 'device-away' | 'not-sent';

/** What became of a request that the session with the device has rejected. */
export function outcomeOf(error: unknown): Outcome {
  if (error === NOT_WRITTEN) return 'not-sent';
  const outcome = outcomeBy(error);
  const isLoss = outcome === 'no-answer' || outcome === 'connection-lost';
  return !isLoss && hasFailedAfterSending(error) ? 'no-answer' : outcome;
}

function outcomeBy(error: unknown): Outcome {
  switch (codeOfError(error)) {
    case 'ERR_TIMEOUT':
      return (error as TimeoutError).written ? 'no-answer' : 'device-busy';
    case 'ERR_CONNECTION_LOST':
      return (error as ConnectionLostError).written ? 'connection-lost' : 'device-away';
    case 'ERR_SESSION_CLOSED':
      return 'connection-lost';
    case 'ERR_AUTHENTICATION':
      return 'device-away';
    case 'ERR_OPTION':
    case 'ERR_TOO_MANY_REQUESTS':
      return 'not-sent';
    default:
      // data that no codec writes; anything else is of a middleware of the program, which may have sent the request before it failed
      return error instanceof TypeError || error instanceof RangeError ? 'not-sent' : 'no-answer';
  }
}

/** What the program may hear of it besides. */
export function detailOf(outcome: string, error: unknown): string | undefined {
  return outcome === 'not-sent' && error instanceof Error ? error.message : undefined;
}
