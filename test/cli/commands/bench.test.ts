import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateway, memoryBus } from '../../../src/gateway/index.js';
import { connect, listen, type Server, StatusError } from '../../../src/index.js';
import { linesOf, Running, runCommand } from '../../support/command.js';
import { thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const folder = new TestFolder();
const thermostat = thermostatIn(folder);

const clock = new VirtualClock();
const world = { clock, now: () => clock.now() };
/** What came, in order. */
const asked: string[] = [];
/** What waits for the test. */
const held: (() => void)[] = [];
let server: Server;
let address: string;

beforeAll(async () => {
  server = await listen({ port: 0 }, (session) => {
    let count = 0;
    session.onRead(0, () => {
      asked.push('read');
      // each takes 2 ms, and each tenth 20
      clock.advance(++count % 10 === 0 ? 20 : 2);
      return count;
    });
    session.onRead(1, () => {
      if (++count % 2 === 0) throw new StatusError(6);
      void session.send(10, 1, 'by itself');
      return count;
    });
    session.onRead(2, () => new Promise<void>((resolve) => held.push(resolve)));
    session.onRead(3, () => session.close());
    session.onRead(6, () => {
      throw new StatusError(6);
    });
    session.onWrite(7, (data) => void asked.push(`write ${JSON.stringify(data)}`));
    session.onExecute(1, (data) => void asked.push(`execute ${JSON.stringify(data)}`));
  });
  address = `127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

describe('bench', () => {
  test('measures rate and percentiles, after a warm-up', async () => {
    const argv = ['bench', address, '--duration', '1000', '--warm-up', '100'];
    const { code, out, err } = await runCommand(argv, world);
    expect([code, err]).toEqual([0, '']);
    const [title = '', rate = '', times = ''] = out.split('\n');
    expect(title).toBe('READ 0, 1 in flight, 1.0 s, after a warm-up of 0.1 s');
    // 9 of 2 ms and one of 20: 38 ms for ten
    expect(Number(/^(\d+) answers\/s/.exec(rate)?.[1])).toBeCloseTo(263, -1);
    expect(times).toMatch(/^p50 2\.0\d ms, p90 (?:2\.0\d|20\.\d) ms, p99 20\.0 ms, max 20\.0 ms$/);
  });

  test('asks exactly --count times, and with --json says all of it', async () => {
    asked.length = 0;
    const { out } = await runCommand(['bench', address, '--count', '30', '--json'], world);
    expect(asked.length).toBe(30);
    expect(linesOf(out)).toEqual([
      {
        asked: 'READ 0',
        inFlight: 1,
        elapsedMs: 114,
        answers: 30,
        perSecond: 263.158,
        p50Ms: expect.closeTo(2, 1),
        p90Ms: expect.closeTo(2, 1),
        p99Ms: 20,
        maxMs: 20,
        meanMs: 3.8,
        errors: [],
        isCutShort: false,
      },
    ]);
  });

  test('keeps --in-flight requests under way', async () => {
    held.length = 0;
    const running = new Running(['bench', address, '--data-id', '2', '--in-flight', '4', '--count', '6']);
    while (held.length < 4) await new Promise(setImmediate);
    held[0]?.();
    while (held.length < 5) await new Promise(setImmediate);
    expect(held.length).toBe(5);
    for (let count = 1; count < 6; count++) {
      while (held[count] === undefined) await new Promise(setImmediate);
      held[count]?.();
    }
    const { code, out } = await running.outcome();
    expect([code, out, held.length]).toEqual([0, expect.stringContaining('(6 in all)'), 6]);
  });

  test('lists errors by kind, and what comes by itself disturbs nothing', async () => {
    const argv = ['bench', address, '--data-id', '1', '--count', '10'];
    const { code, out } = await runCommand(argv);
    expect([code, out]).toEqual([0, expect.stringContaining('\n5 × status 6: operation not permitted\n')]);
    expect(out).toContain('(5 in all)');
    const { out: json } = await runCommand([...argv, '--json']);
    expect(linesOf(json)[0]).toMatchObject({
      answers: 5,
      errors: [{ code: 'ERR_STATUS', reason: 'operation-not-permitted', status: 6, count: 5 }],
    });
  });

  test('ends with the exit code of the first failure where nothing was okay', async () => {
    const { code, out, err } = await runCommand(['bench', address, '--data-id', '6', '--count', '3']);
    expect([code, err]).toEqual([1, '']);
    expect(out).toContain('0 answers/s (0 in all)\np50 -, p90 -, p99 -, max -\n3 × status 6');
    const json = await runCommand(['bench', address, '--data-id', '6', '--count', '3', '--json']);
    expect(linesOf(json.err)).toEqual([
      { error: expect.any(String), code: 'ERR_STATUS', reason: 'operation-not-permitted' },
    ]);
    const frozen = [
      'bench',
      address,
      '--data-id',
      '2',
      '--duration',
      '1',
      '--warm-up',
      '0',
      '--timeout',
      '50',
    ];
    expect(await runCommand(frozen)).toMatchObject({ code: 5, out: expect.stringMatching(/1 × .*50 ms\n$/) });
  });

  test('a connection that is lost ends it, with what was measured', async () => {
    const argv = ['bench', address, '--data-id', '3', '--count', '10'];
    const { code, out } = await runCommand(argv);
    expect([code, out]).toEqual([
      3,
      expect.stringMatching(/1 × Connection lost .*\ncut short: the connection was lost\n$/),
    ]);
  });

  test('READs unless it is told to write or to execute', async () => {
    asked.length = 0;
    const file = folder.file('led.json', '{"on": true}');
    await runCommand(['bench', address, '--data-id', '7', '--write', `@${file}`, '--count', '2']);
    await runCommand(['bench', address, '--data-id', '1', '--execute', '--count', '1']);
    await runCommand(['bench', address, '--data-id', '1', '--execute', '[1]', '--count', '1']);
    expect(asked).toEqual(['write {"on":true}', 'write {"on":true}', 'execute null', 'execute [1]']);
    const both = await runCommand(['bench', address, '--write', '1', '--execute', '1']);
    expect([both.code, both.out]).toEqual([2, '']);
    const wrong = await runCommand([
      'bench',
      address,
      '--data-id',
      'led',
      '--write',
      '2',
      '--contract',
      thermostat,
    ]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('Invalid input of led')]);
    expect(asked.length).toBe(4);
  });

  test('shows how far it is', async () => {
    const texts: (string | null)[] = [];
    const progress = (text: string | null): void => void texts.push(text);
    await runCommand(['bench', address, '--duration', '500', '--warm-up', '0'], { ...world, progress });
    expect(texts[0]).toMatch(/^[\d.]+ s of 0\.5 s, [\d,]+\/s, p99 [\d.]+ ms$/);
    expect([texts.length < 6, texts.at(-1)]).toEqual([true, null]);
  });

  test('Ctrl-C sums up what was measured', async () => {
    held.length = 0;
    const running = new Running([
      'bench',
      address,
      '--data-id',
      '2',
      '--duration',
      '3600000',
      '--warm-up',
      '0',
    ]);
    while (held.length < 1) await new Promise(setImmediate);
    held[0]?.();
    while (held.length < 2) await new Promise(setImmediate);
    expect(await running.interrupt()).toBe(0);
    expect(running.out).toContain('(1 in all)');
    const early = new Running(['bench', address, '--data-id', '2']);
    while (held.length < 3) await new Promise(setImmediate);
    expect([await early.interrupt(), early.out]).toEqual([130, '']);
  });

  test('measures a device on NATS', async () => {
    const bus = memoryBus();
    await using door = await gateway({ bus: bus.connect(), listen: { port: 0 } });
    await using session = await connect({ port: door.server.port as number, channelName: 'pump-3' });
    session.onRead(7, () => 'wet');
    const argv = ['bench', 'nats://127.0.0.1:4222/pump-3', '--data-id', '7', '--count', '5', '--wait'];
    const outcome = await runCommand(argv, { connectBus: async () => bus.connect() });
    expect(outcome).toMatchObject({ code: 0, out: expect.stringContaining('(5 in all)') });
  });
});
