/** How the programs talk to the test: lines of JSON, commands in and events out. */

import { createInterface } from 'node:readline';

/** Prints an event. */
export function say(event, fields = {}) {
  process.stdout.write(`${JSON.stringify({ event, atMs: Math.round(performance.now()), ...fields })}\n`);
}

/** An error, as far as a line can show it. */
export function shown(error) {
  if (!(error instanceof Error)) return error === undefined ? null : error;
  const { name, message, code, reason, status, written } = error;
  return { name, message, code, reason, status, written };
}

/** Obeys commands until the test is gone. */
export function obey(commands) {
  process.on('warning', ({ name, message }) => say('warning', { name, message }));
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const { id, cmd, ...fields } = JSON.parse(line);
    Promise.resolve()
      .then(() => commands[cmd](fields))
      .then(
        (value) => say('result', { id, value: value ?? null }),
        (error) => say('result', { id, error: shown(error) }),
      );
  });
  input.on('close', () => process.exit());
}

/** Keeps the loop busy, as a slow synchronous function does. */
export function busy(ms) {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
