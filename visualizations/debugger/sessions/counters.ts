/** The counters of a session in words. */

import type { CountersEntry } from '../store/types.js';

const NAMES: Readonly<Record<string, string>> = {
  messagesSent: 'messages sent',
  messagesReceived: 'messages received',
  failedAuthentications: 'failed authentications',
  timeouts: 'requests timed out',
  messagesNotSent: 'messages not sent',
  messagesUnconfirmed: 'messages that may be lost',
  callbackErrors: 'callbacks that failed',
  validationErrors: 'messages that did not fit a contract',
  suppressedLogLines: 'log lines suppressed',
};

/** Counters that are trouble unless they are 0; those by reason always are. */
const TROUBLED: ReadonlySet<string> = new Set([
  'failedAuthentications',
  'timeouts',
  'messagesNotSent',
  'messagesUnconfirmed',
  'callbackErrors',
  'validationErrors',
]);

/** A counter. */
export interface CounterRow {
  readonly name: string;
  readonly value: number;
  readonly isTrouble: boolean;
}

/** The counters, those by reason one for each reason. */
export function counterRows(counters: CountersEntry['counters']): CounterRow[] {
  return Object.entries(counters).flatMap(([name, value]) => {
    if (typeof value === 'number')
      return [{ name: NAMES[name] ?? name, value, isTrouble: value > 0 && TROUBLED.has(name) }];
    const reasons = Object.entries(value);
    if (reasons.length === 0) return [{ name, value: 0, isTrouble: false }];
    return reasons.map(([reason, count]) => ({ name: `${name}: ${reason}`, value: count, isTrouble: true }));
  });
}
