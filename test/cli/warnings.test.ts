import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { warn } from '../../src/cli/output.js';
import { showWarning, showWarnings } from '../../src/cli/warnings.js';

/** A process that has warnings, and what was printed of them. */
function hostWith({ argv = [] as string[], env = {}, isSilent = false }) {
  const printed: string[] = [];
  const byNode: string[] = [];
  const host = Object.assign(new EventEmitter(), { execArgv: argv, env });
  if (!isSilent) host.on('warning', ({ message }: Error) => void byNode.push(message));
  showWarnings(host as never, { stderr: (text) => void printed.push(text) }, false);
  const warn = (message: string, code?: string): void =>
    void host.emit('warning', Object.assign(new Error(message), { name: 'SocketProtocolWarning', code }));
  return { warn, printed, byNode };
}

/** What is printed to standard error. */
function shown(print: (io: { stderr(text: string): void }) => void): string {
  let printed = '';
  print({ stderr: (text) => void (printed += text) });
  return printed;
}

describe('a warning of the library', () => {
  test('is a line of this program, and one of others is as Node shows it', () => {
    const { warn, printed, byNode } = hostWith({});
    warn('the secret has\n5 bytes', 'SP_SHORT_SECRET');
    warn('Type Stripping is an experimental feature');
    warn('something is deprecated', 'DEP0001');
    expect(printed).toEqual(['socket-protocol: warning: the secret has 5 bytes\n']);
    expect(byNode).toEqual(['Type Stripping is an experimental feature', 'something is deprecated']);
  });

  test.each([
    ['where Node shows none', { isSilent: true }],
    ['that --disable-warning names', { argv: ['--disable-warning=SP_SHORT_SECRET'] }],
    ['whose kind it names', { argv: ['--disable-warning=SocketProtocolWarning'] }],
    ['that NODE_OPTIONS names', { env: { NODE_OPTIONS: '--x --disable-warning=SP_SHORT_SECRET' } }],
  ])('is not shown %s', (_, options) => {
    const { warn, printed } = hostWith(options);
    warn('x', 'SP_SHORT_SECRET');
    expect(printed).toEqual([]);
  });

  test('is a line of JSON with --json, and has its stack only on demand', () => {
    const warning = {
      message: 'a callback failed',
      code: 'SP_CALLBACK_FAILED',
      detail: 'Error: x\n    at y',
    };
    expect(shown((io) => showWarning(warning, io, false))).toBe(
      'socket-protocol: warning: a callback failed\n',
    );
    expect(shown((io) => showWarning(warning, io, true))).toBe(
      'socket-protocol: warning: a callback failed\nError: x\n    at y\n',
    );
    expect(shown((io) => showWarning(warning, { ...io, isJson: true }, true))).toBe(
      '{"warning":"a callback failed","code":"SP_CALLBACK_FAILED"}\n',
    );
  });

  test('has its word painted where standard error shows colours', () => {
    const painted = 'socket-protocol: \u001b[33mwarning:\u001b[39m x\n';
    const colours = { colours: false, errorColours: true };
    expect(
      shown((io) => showWarning({ message: 'x', code: 'SP_INTERNAL' }, { ...io, ...colours }, false)),
    ).toBe(painted);
  });

  test('looks like those of the commands', () => {
    for (const world of [{}, { errorColours: true }, { isJson: true }] as const)
      expect(shown((io) => showWarning({ message: 'x\ny' }, { ...io, ...world }, false))).toBe(
        shown((io) => warn({ ...io, ...world }, 'x\ny')),
      );
  });
});
