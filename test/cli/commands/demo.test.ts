import { describe, expect, test } from 'vitest';
import { linesOf, runCommand } from '../../support/command.js';

describe('the demo', () => {
  test('authenticates, reads the time and ends, and shows no secret', async () => {
    const { code, out } = await runCommand(['demo']);
    expect(code).toBe(0);
    expect(out).toContain('comm-client: TX -> (74): 7b 22');
    expect(out).toContain(
      'prot-client: TX -> service: read data request, data_id: asc_time, status: okay, data: "None"',
    );
    expect(out).toMatch(/The server's time is \w{3} \w{3}/);
    expect(out).not.toMatch(/[0-9a-f]{64}/);
  });

  test('prints its log from a level on', async () => {
    const { out } = await runCommand(['demo', '--log-level', 'info']);
    expect(out).toContain('INFO    socket_protocol.example_client: prot-client: TX ->');
    expect(out).not.toContain('DEBUG');
    const quiet = await runCommand(['demo', '--log-level', 'silent']);
    expect(quiet.out.trim()).toMatch(/^The server's time is \w{3} \w{3}/);
  });

  test('prints its log and then the time as lines of JSON with --json', async () => {
    const { code, out } = await runCommand(['demo', '--json']);
    const lines = linesOf(out);
    expect(code).toBe(0);
    expect(lines.at(-1)).toEqual({ data: expect.stringMatching(/^\w{3} \w{3}/) });
    for (const line of lines.slice(0, -1)) {
      expect(line).toEqual({
        level: expect.stringMatching(/^(debug|info|warning|error)$/),
        name: expect.stringMatching(/^(socket_protocol|tcp_socket)/),
        text: expect.any(String),
      });
    }
    expect(lines.length).toBeGreaterThan(10);
    expect(out).not.toMatch(/[0-9a-f]{64}/);
  });
});
