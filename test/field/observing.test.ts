/** Agents that observe a program which knows nothing of them. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, inject, test } from 'vitest';

const FOLDER = inject('fieldFolder');

/** Runs the program, with an agent that is loaded before it. */
function observedBy(agent: string | null, env: Readonly<Record<string, string>> = {}) {
  const first = agent === null ? [] : ['--import', pathToFileURL(join(FOLDER, agent)).href];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...first, join(FOLDER, 'observed.mjs')], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
  return { out: stdout.trimEnd().split('\n'), stderr, status };
}

describe('a program that an agent observes', () => {
  const SUCCEEDED = ['end', 'asyncStart', 'asyncEnd'];
  const FAILED = ['end', 'error', 'asyncStart', 'asyncEnd'];

  test('is traced from outside: each request, each callback, each attempt to connect', () => {
    const { out, stderr, status } = observedBy('agent.mjs');

    expect([status, stderr]).toEqual([0, '']);
    // the span is there in the handler, also behind an await
    expect(out.slice(0, -1)).toEqual(['handle span', 'ERR_STATUS', 'ERR_CONNECT']);
    const connect = { operation: 'connect', role: 'client' };
    const request = { operation: 'request', role: 'client', kind: 'read' };
    expect(JSON.parse(out.at(-1) ?? '')).toEqual([
      { ...connect, events: ['connect undefined', ...SUCCEEDED] },
      {
        operation: 'handle',
        role: 'server',
        kind: 'read',
        dataName: 'span',
        status: 0,
        events: ['handle span', ...SUCCEEDED],
      },
      { ...request, dataName: 'span', status: 0, events: ['request span', ...SUCCEEDED] },
      {
        ...request,
        dataName: 'nothing',
        status: 1,
        code: 'ERR_STATUS',
        events: ['request nothing', ...FAILED],
      },
      { ...connect, code: 'ERR_CONNECT', events: ['connect undefined', ...FAILED] },
    ]);
  });

  test('works as without one where the agent is broken, and the program hears of that as of any uncaught error', () => {
    const alone = observedBy(null);
    const { out, stderr, status } = observedBy('broken-agent.mjs', { SURVIVES: '1' });

    expect([status, stderr]).toEqual([0, '']);
    expect(out.slice(0, -1)).toEqual(alone.out);
    // of five operations, each event, and each store
    expect(JSON.parse(out.at(-1) ?? '')).toEqual({ thrown: 5 * 5 + 2 });
  });

  test('ends with the error of a broken agent where nobody handles it, as with every channel of Node', () => {
    const { stderr, status } = observedBy('broken-agent.mjs');

    expect(status).not.toBe(0);
    expect(stderr).toContain('the agent is broken');
  });
});
