/** Sends a question to the debugger, which asks the peer. */

import type { Ask, Asked, Names } from '../store/types.js';

/** Asks; what went wrong on the way to the debugger is an answer too. */
export async function sendAsk(ask: Ask): Promise<Asked> {
  try {
    const response = await fetch('requests', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ask),
    });
    const text = await response.text();
    try {
      return JSON.parse(text) as Asked;
    } catch {
      return {
        error: text === '' ? `HTTP ${response.status}` : text,
        code: `HTTP ${response.status}`,
        reason: null,
      };
    }
  } catch (error) {
    return { error: `The debugger does not answer: ${String(error)}`, code: 'no-debugger', reason: null };
  }
}

/** The names of the contract of a session; none where there is no contract. */
export async function namesOf(group: string): Promise<Names> {
  try {
    const response = await fetch(`names?group=${encodeURIComponent(group)}`);
    if (response.ok) return (await response.json()) as Names;
  } catch {
    // names are a help; numbers do without
  }
  return { services: [] };
}
