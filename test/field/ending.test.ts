/** Sessions end: what is under way finishes where it may, and nothing is left that keeps a program alive. */

import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/index.js';
import { frameOf } from '../support/bytes.js';
import { killAll, Program } from './support/program.js';
import { dial, onMessage, RawServer } from './support/raw.js';

const READ_REQUEST = 10;
const READ_RESPONSE = 11;

afterAll(killAll);

/** What a program of `drainer.mjs` is to do. */
interface Setup {
  readonly role: 'client' | 'server';
  readonly port?: number;
  readonly options?: object;
  /** How it closes its session; left out: it does not. */
  readonly drain?: object;
  readonly handlerMs?: number;
  /** Whether it closes its session as soon as a request comes. */
  readonly endsAfterRequest?: boolean;
}

function drainer(setup: Setup): Program {
  return new Program('drainer.mjs', { args: [JSON.stringify(setup)] });
}

/** Asks a server on a plain socket; resolves with what came, when the server has closed the connection. */
async function ask(program: Program, halfCloses: boolean): Promise<JsonValue[]> {
  const { port } = await program.next('listening');
  const socket = await dial(Number(port));
  const answers: JsonValue[] = [];
  onMessage(socket, ({ serviceId, data }) => {
    if (serviceId === READ_RESPONSE) answers.push(data);
  });
  const request = frameOf(READ_REQUEST, 0);
  if (halfCloses) socket.end(request);
  else socket.write(request);
  await once(socket, 'close');
  return answers;
}

describe('a session that drains', () => {
  test('sends the answer of a handler that runs, and then the program ends by itself (FC-27)', async () => {
    await using program = drainer({
      role: 'server',
      drain: { drain: true },
      handlerMs: 300,
      endsAfterRequest: true,
    });
    expect(await ask(program, false)).toEqual(['the answer']);
    const report = { lostBytes: 0, cutRequests: 0, cutCallbacks: 0 };
    expect(await program.next('ended')).toMatchObject({ report, events: [report], timers: 0 });
    await program.ended();
    expect([program.exitCode, program.err]).toEqual([0, '']);
  });

  test('says what it cuts when its time is over', async () => {
    await using program = drainer({
      role: 'server',
      drain: { drain: true, timeout: 200 },
      handlerMs: 2_000,
      endsAfterRequest: true,
    });
    expect(await ask(program, false)).toEqual([]);
    const { report } = await program.next('ended');
    expect(report).toEqual({ lostBytes: 0, cutRequests: 0, cutCallbacks: 1 });
  });

  test('gets the answer that it waits for', async () => {
    await using server = await RawServer.listen((socket) =>
      onMessage(socket, ({ serviceId, dataId }) => {
        if (serviceId !== READ_REQUEST) return;
        setTimeout(() => socket.write(frameOf(READ_RESPONSE, dataId, 'late')), 300);
      }),
    );
    await using program = drainer({ role: 'client', port: server.port, drain: { drain: true } });
    await program.next('answer', { data: 'late' });
    expect(await program.next('ended')).toMatchObject({ report: { cutRequests: 0 }, timers: 0 });
    await program.ended();
    expect(program.exitCode).toBe(0);
  });
});

test('a peer that half-closes after its request gets the answer of a handler that takes its time (FC-34)', async () => {
  await using program = drainer({ role: 'server', handlerMs: 300 });
  expect(await ask(program, true)).toEqual(['the answer']);
  await program.next('disconnected', { reason: 'peer-closed' });
  await program.ended();
  expect([program.exitCode, program.err]).toEqual([0, '']);
});

test('a client that does not reconnect keeps no program alive once its link is gone (FC-20)', async () => {
  await using server = await RawServer.listen(() => {});
  await using program = drainer({ role: 'client', port: server.port, options: { reconnect: false } });
  await program.next('connected');
  server.cut();
  await program.next('disconnected');
  await program.ended();
  expect([program.exitCode, program.err]).toEqual([0, '']);
});
