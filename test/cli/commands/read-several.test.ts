import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, type Server, StatusError } from '../../../src/index.js';
import { linesOf, type Outcome, Running, runCommand } from '../../support/command.js';
import { thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';
import { silentPeer } from '../../support/raw-peer.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const folder = new TestFolder();
const thermostat = thermostatIn(folder);

describe('read with several data ids', () => {
  let server: Server;
  let address: string;
  let release = (): void => {};
  /** What has been asked. */
  const asked: number[] = [];
  let hasAsked = (): void => {};
  beforeAll(async () => {
    server = await listen({ port: 0 }, (session) => {
      session.onRead(null, (_, { dataId }) => {
        asked.push(dataId);
        hasAsked();
        if (dataId === 6) throw new StatusError(6);
        return dataId === 5 ? new Promise((resolve) => (release = () => resolve('late'))) : `is ${dataId}`;
      });
    });
    address = `127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  const read = (...argv: readonly string[]): Promise<Outcome> => runCommand(['read', address, ...argv]);

  test('prints each with its id, in the order of the arguments', async () => {
    expect(await read('3', '1', '2', '1')).toEqual({
      code: 0,
      out: '3: "is 3"\n1: "is 1"\n2: "is 2"\n1: "is 1"\n',
      err: '',
    });
    const { out } = await read('3', '1', '--json');
    expect(linesOf(out)).toEqual([
      { data_id: 3, data: 'is 3' },
      { data_id: 1, data: 'is 1' },
    ]);
  });

  test('asks all of them together: one that is slow keeps no other back', async () => {
    asked.length = 0;
    const running = new Running(['read', address, '5', '1', '2']);
    await new Promise<void>((resolve) => {
      hasAsked = () => asked.length === 3 && resolve();
    });
    expect(running.out).toBe('');
    release();
    expect((await running.outcome()).out).toBe('5: "late"\n1: "is 1"\n2: "is 2"\n');
  });

  test('tries all of them, and ends with the exit code of the first that failed', async () => {
    const { code, out, err } = await read('1', '6', '5', '2', '--timeout', '300');
    expect([code, out]).toEqual([1, '1: "is 1"\n2: "is 2"\n']);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^socket-protocol: 6: .*operation not permitted/),
      expect.stringMatching(/^socket-protocol: 5: .*300 ms/),
      '',
    ]);
    expect((await read('5', '6', '--timeout', '300')).code).toBe(5);
  });

  test('with --json a failure names its id, too', async () => {
    const { out, err } = await read('6', '1', '--json');
    expect(`${out}${err}`).toContain('{"data_id":6,"error":');
    expect(out).toContain('{"data_id":1,"data":"is 1"}\n');
  });

  test('says of each what may be behind a peer that says nothing at all', async () => {
    await using peer = await silentPeer();
    const clock = new VirtualClock();
    const reading = runCommand(['read', peer.address, '71', '72'], { clock });
    await peer.isAsked(72);
    await clock.advanceAsync(5_000);
    const { code, err } = await reading;
    const why =
      'within 5000 ms; no message came from the peer at all: it speaks the other codec \\(try with --struct\\), .*';
    expect([code, err.split('\n')]).toEqual([
      5,
      [
        expect.stringMatching(new RegExp(`^socket-protocol: 71: No answer .* ${why}$`)),
        expect.stringMatching(new RegExp(`^socket-protocol: 72: No answer .* ${why}$`)),
        '',
      ],
    ]);
  });

  test('takes the names of a contract, and checks what comes', async () => {
    const { code, out, err } = await read('time', '7', '1', '--contract', thermostat);
    expect([code, out]).toEqual([1, 'time: "is 0"\n1: "is 1"\n']);
    expect(err).toBe('socket-protocol: ledNow: Invalid output of ledNow: invalid_type\n');
  });

  test('refuses what is no data id before anything connects', async () => {
    const { code, out, err } = await runCommand(['read', '127.0.0.1:1', '1', 'x', '2']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe('socket-protocol: Expected a data id from 0 to 9007199254740991, got "x"\n');
  });

  test('ends with exit code 130 where it is interrupted before all have come', async () => {
    asked.length = 0;
    const running = new Running(['read', address, '1', '5']);
    await running.printed(/is 1/);
    expect([await running.interrupt(), running.out, running.err]).toEqual([130, '1: "is 1"\n', '']);
  });
});
