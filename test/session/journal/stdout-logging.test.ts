import { describe, expect, test } from 'vitest';
import { createMemoryPair, type Logger, OptionError, Session, stdoutLogging } from '../../../src/index.js';

type Level = Parameters<typeof stdoutLogging>[0];

/** What a logger of a level prints of one line at each level, under the name of a channel. */
function printed(level: Level): string[] {
  const lines: string[] = [];
  const logger = stdoutLogging(level, (line) => lines.push(line));
  const child = (logger.child as unknown as (bindings: { name: string }) => Logger)({
    name: 'socket_protocol.link',
  });
  for (const method of ['debug', 'info', 'warn', 'error'] as const)
    (child[method] as ((text: string) => void) | undefined)?.(method);
  return lines;
}

describe('the logger of the original', () => {
  test('prints the time, the level, the name and the text, as Python does', () => {
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}`;
    expect(printed('debug')).toEqual(
      ['   DEBUG - X - debug', '    INFO - X - info', ' WARNING - X - warn', '   ERROR - X - error'].map(
        (line) =>
          expect.stringMatching(new RegExp(`^${time}: ${line.replace('X', 'socket_protocol.link')}\n$`)),
      ),
    );
  });

  test.each([
    ['info', 3],
    ['INFO', 3],
    [undefined, 3],
    ['warn', 2],
    ['WARNING', 2],
    ['ERROR', 1],
    ['DEBUG', 4],
    ['silent', 0],
  ] as const)('of the level %s prints that and what is worse', (level, count) => {
    expect(printed(level)).toHaveLength(count);
  });

  test('that prints nothing is a logger all the same', async () => {
    const session = new Session(createMemoryPair().client, { logger: stdoutLogging('silent') });
    await session.close();
  });

  test.each(['Info', '', 20, null, 'toString'])('refuses the level %j', (level) => {
    expect(() => stdoutLogging(level as Level)).toThrow(OptionError);
  });
});
