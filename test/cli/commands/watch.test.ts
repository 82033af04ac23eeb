import { afterEach, describe, expect, test } from 'vitest';
import { gateway, memoryBus } from '../../../src/gateway/index.js';
import { connect, listen, type Server, StatusError } from '../../../src/index.js';
import { linesOf, Running, runCommand } from '../../support/command.js';
import { thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';
import { silentPeer } from '../../support/raw-peer.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const folder = new TestFolder();
const thermostat = thermostatIn(folder);

/** What a device answers to a READ of 7; a status where it is an error. */
let value: unknown;
/** Read with it, so that something is printed for each reading. */
let ticks: number;
const servers: Server[] = [];
afterEach(async () => {
  for (const each of servers.splice(0)) await each.close();
});

async function openDevice(port = 0): Promise<Server> {
  const server = await listen({ port }, (session) => {
    session.onRead(7, () => {
      if (value instanceof Error) throw value;
      return value;
    });
    session.onRead(9, () => ++ticks);
  });
  servers.push(server);
  return server;
}

/** A watch of 7, on time that the test owns. */
class Watch {
  readonly clock = new VirtualClock();
  readonly running: Running;

  constructor(address: string, ...options: readonly string[]) {
    const { clock } = this;
    this.running = new Running(['watch', address, '7', '9', ...options], { clock, now: () => clock.now() });
  }

  /** Waits for a reading, and then for the next one, which finds another value. */
  async finds(next: unknown): Promise<void> {
    await this.#readingIsOver(ticks);
    value = next;
    const before = ticks;
    await this.clock.advanceAsync(1_000);
    await this.#readingIsOver(before + 1);
  }

  #readingIsOver(tick: number): Promise<string> {
    return this.running.printed(
      new RegExp(`(?:9 = ${tick}|9: ${tick - 1} -> ${tick}|"data_id":9,.*"(?:new|data)":${tick}})\n`),
    );
  }

  /** What was printed about 7, without times. */
  get told(): string[] {
    return this.running.out
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^[\d:.]+ /, ''))
      .filter((line) => !line.startsWith('9'));
  }
}

async function startWatch(first: unknown, ...options: readonly string[]): Promise<Watch> {
  value = first;
  ticks = 0;
  const { port } = await openDevice();
  const watch = new Watch(`127.0.0.1:${port}`, ...options);
  await watch.running.printed(/9 = 1|"data_id":9/);
  return watch;
}

describe('watch', () => {
  test('prints what is there, and then only differences, with their places', async () => {
    const watch = await startWatch({ on: true, list: [1, 2] });
    await watch.finds({ on: true, list: [1, 2] });
    await watch.finds({ on: false, list: [1, 2, 3] });
    await watch.finds(null);
    expect(await watch.running.interrupt()).toBe(0);
    expect([watch.told, watch.running.err]).toEqual([
      [
        '7 = {"on":true,"list":[1,2]}',
        '7.on: true -> false',
        '7.list[2]: nothing -> 3',
        '7: {"on":false,"list":[1,2,3]} -> null',
      ],
      '',
    ]);
  });

  test('prints a line of JSON for each difference with --json', async () => {
    const watch = await startWatch({ a: { b: 1 } }, '--json');
    await watch.finds({ a: { b: 2 }, c: 1 });
    await watch.finds({ a: {}, c: 1 });
    expect(await watch.running.interrupt()).toBe(0);
    const time = expect.any(String);
    expect(linesOf(watch.running.out).filter(({ data_id }) => data_id === 7)).toEqual([
      { time, data_id: 7, data: { a: { b: 1 } } },
      { time, data_id: 7, path: ['a', 'b'], old: 1, new: 2 },
      { time, data_id: 7, path: ['c'], new: 1 },
      { time, data_id: 7, path: ['a', 'b'], old: 2 },
    ]);
  });

  test('prints a failure once, and what comes after it', async () => {
    const watch = await startWatch(1);
    await watch.finds(new StatusError(6));
    await watch.finds(new StatusError(6));
    await watch.finds(new StatusError(4));
    await watch.finds(1);
    await watch.finds(new StatusError(4));
    await watch.finds(2);
    expect(await watch.running.interrupt()).toBe(0);
    expect(watch.told).toEqual([
      '7 = 1',
      expect.stringMatching(/^7: .*operation not permitted \(6\)$/),
      expect.stringMatching(/^7: .*service or data unknown \(4\)$/),
      '7 = 1',
      expect.stringMatching(/^7: .*\(4\)$/),
      '7: 1 -> 2',
    ]);
  });

  test('counts the differences of one reading that are too many to print, and cuts what is too long', async () => {
    const watch = await startWatch(Array.from({ length: 120 }, () => 0));
    await watch.finds(Array.from({ length: 120 }, () => 1));
    await watch.finds('x'.repeat(1_000));
    expect(await watch.running.interrupt()).toBe(0);
    const { told } = watch;
    expect(told.slice(49, 53)).toEqual([
      '7[48]: 0 -> 1',
      '7[49]: 0 -> 1',
      '7: 70 more differences, not shown',
      expect.stringMatching(/^7: \[1,1.* -> "x{299}… \(702 more characters\)$/),
    ]);
  });

  test('comes back where the connection is lost, says so, and compares with what was read before', async () => {
    const watch = await startWatch(1);
    const [server] = servers.splice(0) as [Server];
    const { port } = server;
    await watch.finds(1);
    await server.close();
    await watch.running.printed(/disconnected/);
    value = 2;
    await openDevice(port ?? 0);
    // the pause before the first attempt is never longer
    await watch.clock.advanceAsync(100);
    await watch.running.printed(/ connected: /);
    await watch.clock.advanceAsync(1_000);
    await watch.running.printed(/7: 1 -> 2/);
    expect(await watch.running.interrupt()).toBe(0);
    expect(watch.told).toEqual([
      '7 = 1',
      'disconnected: the peer closed the connection',
      `connected: 127.0.0.1:${port}`,
      '7: 1 -> 2',
    ]);
  });

  test('ends after --count readings, with the failure of data that could never be read', async () => {
    value = 1;
    ticks = 0;
    const { port } = await openDevice();
    const address = `127.0.0.1:${port}`;
    const argv = ['watch', address, '7', '--interval', '1', '--count', '3'];
    const { code, out, err } = await runCommand(argv);
    expect([code, out.replace(/^\S+ /, ''), err]).toEqual([0, '7 = 1\n', '']);
    value = new StatusError(6);
    expect((await runCommand(argv)).code).toBe(1);
  });

  test('says what may be behind a peer that says nothing at all', async () => {
    await using peer = await silentPeer();
    const clock = new VirtualClock();
    const watching = runCommand(['watch', peer.address, '71', '--count', '1'], { clock });
    await peer.isAsked(71);
    await clock.advanceAsync(5_000);
    const { code, out } = await watching;
    const why = 'within 5000 ms; no message came from the peer at all: it speaks the other codec';
    expect([code, out]).toEqual([5, expect.stringMatching(new RegExp(` 71: No answer .* ${why}`))]);
  });

  test('takes the names of a contract, and checks what comes', async () => {
    value = { brightness: 'dim' };
    ticks = 0;
    const { port } = await openDevice();
    const argv = ['watch', `127.0.0.1:${port}`, 'ledNow', '--count', '1', '--contract', thermostat];
    expect(await runCommand(argv)).toEqual({
      code: 1,
      out: expect.stringMatching(/ ledNow: Invalid output of ledNow: brightness \(invalid_type\)\n$/),
      err: '',
    });
    value = { brightness: 1 };
    expect((await runCommand([...argv, '--json'])).out).toContain('"name":"ledNow","data_id":7,"data":');
  });

  test('watches a device on NATS', async () => {
    const bus = memoryBus();
    await using door = await gateway({ bus: bus.connect(), listen: { port: 0 } });
    await using session = await connect({ port: door.server.port as number, channelName: 'pump-3' });
    session.onRead(7, () => 'wet');
    const argv = ['watch', 'nats://127.0.0.1:4222/pump-3', '7', '--count', '1', '--wait'];
    const outcome = await runCommand(argv, { connectBus: async () => bus.connect() });
    expect(outcome).toEqual({ code: 0, out: expect.stringMatching(/ 7 = "wet"\n$/), err: '' });
  });

  test('fails as other commands do where nobody listens', async () => {
    expect((await runCommand(['watch', '127.0.0.1:1', '7'])).code).toBe(3);
  });
});
