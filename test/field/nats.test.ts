/** A bus on real servers of NATS, which are killed, frozen, sent away and restarted: nothing is lost without a word, and nothing is done twice. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { encodeWord } from '../../src/gateway/format/subjects.js';
import { authority, withKey } from '../support/certificates.js';
import {
  HAS_NATS_SERVER,
  killServers,
  NatsServer,
  type NatsServerOptions,
  natsPair,
} from '../support/nats-server.js';
import { notice } from './support/notice.js';
import { eventually, killAll, Program } from './support/program.js';

const FOLDER = inject('fieldFolder');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LONG_MS = 20_000;

if (!HAS_NATS_SERVER) notice('a bus on NATS', 'no nats-server');

afterEach(killAll);
afterEach(killServers);

/** A program with a bus on a server. */
async function on(server: NatsServer | string, options: object = {}): Promise<Program> {
  const program = new Program('nats.mjs');
  const servers = typeof server === 'string' ? server : server.url;
  await program.ask('open', { key: 'bus', options: { servers, ...options } });
  return program;
}

const started = (options?: NatsServerOptions): Promise<NatsServer> => new NatsServer(options).start();
const subscribe = (program: Program, subject: string, mode: string, queue?: string): Promise<unknown> =>
  program.ask('subscribe', { key: 'bus', subject, mode, queue });
const ask = (program: Program, subject: string, fields: object): Promise<Record<string, string>> =>
  program.ask('ask', { key: 'bus', subject, timeoutMs: LONG_MS, ...fields });

/** How often each end came. */
function tally(ends: Readonly<Record<string, string>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const end of Object.values(ends)) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}

/** How often each request was executed, by all programs together. */
async function executions(...programs: readonly Program[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const program of programs)
    for (const [text, count] of Object.entries((await program.ask('executed')) as Record<string, number>))
      counts[text] = (counts[text] ?? 0) + count;
  return counts;
}

/** Nothing was done twice, what was answered was done, and what was not sent was not. */
function expectHonest(ends: Readonly<Record<string, string>>, done: Readonly<Record<string, number>>): void {
  expect(Object.values(done).filter((count) => count !== 1)).toEqual([]);
  for (const [text, end] of Object.entries(ends)) {
    if (end === 'answered') expect(done[text], text).toBe(1);
    else if (end.endsWith(' not written')) expect(done[text], `${text}: ${end}`).toBe(undefined);
  }
}

/** Asks without a pause while something happens; what became of each request. */
async function whileFlooding(
  program: Program,
  fields: object,
  happens: () => Promise<unknown>,
): Promise<Record<string, string>> {
  await program.ask('flood', { key: 'bus', width: 16, timeoutMs: LONG_MS, ...fields });
  await program.next('asked');
  await happens();
  const mark = program.mark;
  await program.next('asked', {}, { from: mark });
  await program.ask('stop');
  return (await program.next('flooded'))['ends'] as Record<string, string>;
}

describe.skipIf(!HAS_NATS_SERVER)('a bus on a server of NATS', () => {
  test('that is killed and restarted with requests in flight: each is answered or says whether it was sent, none is done twice', async () => {
    const server = await started();
    const [device, program] = await Promise.all([on(server), on(server)]);
    await subscribe(device, 'device', 'echo', 'q');
    const ends = await whileFlooding(program, { subject: 'device', timeoutMs: 1_000 }, async () => {
      for (let round = 0; round < 3; round++) {
        await server.kill();
        await program.next('state', { state: 'away' }, { from: 0 });
        await server.start();
        await eventually(program, ({ bus }) => bus.state === 'up');
        await eventually(device, ({ bus }) => bus.state === 'up');
      }
    });
    expectHonest(ends, await executions(device));
    const { answered = 0, ...others } = tally(ends);
    expect(answered).toBeGreaterThan(500);
    // whoever comes back sooner than the device finds nobody there
    expect(
      Object.keys(others).filter((end) => !/^bus-(timeout written|no-responders not written)$/.test(end)),
    ).toEqual([]);
  });

  test('that is away: requests are held, and every one leaves once, where the client alone drops what it is given', async () => {
    const server = await started();
    const [device, program] = await Promise.all([on(server), on(server)]);
    await subscribe(device, 'device', 'echo');
    await subscribe(device, 'bare', 'count');
    await program.ask('bare', { key: 'client', servers: server.url });
    await server.kill();
    await program.next('state', { state: 'away' });
    await program.next('bare', { type: 'disconnect' });
    await device.next('state', { state: 'away' });
    const asked = ask(program, 'device', { count: 1_000 });
    await program.ask('barePublish', { key: 'client', subject: 'bare', count: 1_000, size: 2 });
    expect(await program.ask('stats', { key: 'bus' })).toMatchObject({ held: 1_000 });
    await expect(program.ask('publish', { key: 'bus', subject: 'x', text: 'x' })).rejects.toThrow(/bus-away/);
    // the device is there first, so that nobody hears that there is none
    program.freeze();
    await server.start();
    await eventually(device, ({ bus }) => bus.state === 'up');
    program.thaw();
    expect(tally(await asked)).toEqual({ answered: 1_000 });
    await program.next('bare', { type: 'reconnect' });
    await program.ask('bareFlush', { key: 'client' });
    const done = await executions(device);
    expect(Object.keys(done).filter((text) => /^\d+$/.test(text)).length).toBe(1_000);
    expectHonest({}, done);
  });

  test('that is frozen is noticed, though nothing says so, and also with a full socket', async () => {
    const server = await started();
    const program = await on(server, { pingInterval: 100 });
    await subscribe(program, 'device', 'echo');
    server.signal('SIGSTOP');
    await program.ask('publish', { key: 'bus', subject: 'x', size: 1_000_000 });
    for (let i = 0; i < 30; i++)
      await program.ask('publish', { key: 'bus', subject: 'x', size: 1_000_000 }).catch(() => {});
    const { detail } = await program.next('state', { state: 'away' });
    expect(detail).toContain('has not answered');
    const asked = ask(program, 'device', { count: 10 });
    server.signal('SIGCONT');
    expect(tally(await asked)).toEqual({ answered: 10 });
  });

  test('never gets a subject that it would close the connection for, where the client alone loses it', async () => {
    const server = await started();
    const program = await on(server);
    const long = 'x'.repeat(5_000);
    for (const subject of [long, 'a.*', 'a b', '', 'a..b', '>']) {
      await expect(program.ask('publish', { key: 'bus', subject, text: '' })).rejects.toThrow(
        /bus-bad-subject/,
      );
      const error = await program.askInVain('request', { key: 'bus', subject, text: '', timeoutMs: 1_000 });
      expect(error).toMatchObject({ reason: 'bus-bad-subject', written: false });
    }
    await expect(subscribe(program, long, 'echo')).rejects.toThrow(/bus-bad-subject/);
    // as long as it may be, with an answer that is asked for
    await subscribe(program, 'y'.repeat(3_700), 'echo');
    expect(tally(await ask(program, 'y'.repeat(3_700), { count: 3 }))).toEqual({ answered: 3 });
    expect(await program.ask('stats', { key: 'bus' })).toMatchObject({ connections: 1 });
    await program.ask('bare', { key: 'client', servers: server.url });
    await program.ask('barePublish', { key: 'client', subject: long, count: 1 });
    await program.next('bare', { type: 'disconnect' });
    await server.logs(/[Mm]aximum [Cc]ontrol [Ll]ine/);
  });

  test('never gets a message above its max_payload, headers included, and the connection lives on', async () => {
    const server = await started({ config: 'max_payload: 1024' });
    const program = await on(server);
    await subscribe(program, 'device', 'echo');
    const request = (length: number, headers?: object): Promise<unknown> =>
      program.ask('request', {
        key: 'bus',
        subject: 'device',
        text: 'x'.repeat(length),
        headers,
        timeoutMs: LONG_MS,
      });
    expect(await request(1_024)).toMatchObject({ text: 'x'.repeat(1_024) });
    await expect(request(1_025)).rejects.toThrow(/bus-too-large/);
    // NATS/1.0, name: value, and their line breaks
    expect(await request(1_024 - 12 - 15, { name: 'value12' })).toMatchObject({ headers: null });
    await expect(request(1_024 - 12 - 14, { name: 'value12' })).rejects.toThrow(/bus-too-large/);
    expect(await program.ask('stats', { key: 'bus' })).toMatchObject({ connections: 1, violations: 0 });
  });

  test('keeps a device that is called * to itself', async () => {
    const server = await started();
    const [star, lamp, program] = await Promise.all([on(server), on(server), on(server)]);
    const subjectOf = (name: string): string => `sp.${encodeWord(name)}.10.0`;
    await subscribe(star, subjectOf('*'), 'echo', 'sp');
    await subscribe(lamp, subjectOf('lamp'), 'echo', 'sp');
    expect(tally(await ask(program, subjectOf('lamp'), { count: 200 }))).toEqual({ answered: 200 });
    expect(tally(await ask(program, subjectOf('*'), { from: 200, count: 200 }))).toEqual({ answered: 200 });
    expect([await executions(star), await executions(lamp)].map((done) => Object.keys(done).length)).toEqual([
      200, 200,
    ]);
  });

  test('loses nothing where a subscription is drained while requests come', async () => {
    const server = await started();
    const [one, other, program] = await Promise.all([on(server), on(server), on(server)]);
    await subscribe(one, 'device', 'echo', 'q');
    const ends = await whileFlooding(program, { subject: 'device' }, async () => {
      let [from, to] = [one, other];
      for (let move = 0; move < 20; move++) {
        await subscribe(to, 'device', 'echo', 'q');
        await from.ask('drain', { key: 'bus', subject: 'device' });
        [from, to] = [to, from];
      }
    });
    expect(tally(ends)).toEqual({ answered: Object.keys(ends).length });
    expectHonest(ends, await executions(one, other));
  });

  test('loses no answer where the bus of who answers is closed, though its callbacks take their time', async () => {
    const server = await started();
    const [one, other, program] = await Promise.all([on(server), on(server), on(server)]);
    await subscribe(one, 'device', 'late', 'q');
    await subscribe(other, 'device', 'late', 'q');
    const ends = await whileFlooding(program, { subject: 'device', width: 200 }, () =>
      one.ask('close', { key: 'bus' }),
    );
    expect(await one.ask('running')).toBe(0);
    expect(tally(ends)).toEqual({ answered: Object.keys(ends).length });
    expectHonest(ends, await executions(one, other));
  });

  test('has ten thousand subscriptions at less than a KiB each, and ends them', async () => {
    const server = await started();
    const program = await on(server);
    expect(await program.ask('weigh', { key: 'bus' })).toBeLessThan(900);
    await subscribe(program, 'sp.7.*.*', 'echo');
    expect(tally(await ask(program, 'sp.7.10.0', { count: 5 }))).toEqual({ answered: 5 });
    const gone = await program.askInVain('request', {
      key: 'bus',
      subject: 'sp.8.10.0',
      text: '',
      timeoutMs: LONG_MS,
    });
    expect(gone).toMatchObject({ reason: 'bus-no-responders', written: false });
  });

  test('whose permissions forbid something says so to whoever wanted it', async () => {
    const permissions = 'publish: { deny: ["secret"] }, subscribe: { deny: ["hidden", "_INBOX.>"] }';
    const server = await started({
      config: `authorization { users: [{ user: me, password: pw, permissions: { ${permissions} } }] }`,
    });
    const program = await on(server, { user: 'me', pass: 'pw', inboxPrefix: 'answers' });
    const error = await program.askInVain('request', {
      key: 'bus',
      subject: 'secret',
      text: '',
      timeoutMs: LONG_MS,
    });
    expect(error).toMatchObject({ reason: 'bus-refused', written: false });
    expect(error.message).toContain('Permissions Violation for Publish to "secret"');
    await subscribe(program, 'hidden', 'echo');
    const { state, detail } = await program.next('state', { state: 'up' });
    expect([state, detail]).toEqual(['up', expect.stringContaining('Subscription to "hidden"')]);
    expect(await program.ask('stats', { key: 'bus' })).toMatchObject({ connections: 1, violations: 2 });
    const silent = await on(server, { user: 'me', pass: 'pw' });
    const noInbox = await silent.askInVain('request', {
      key: 'bus',
      subject: 'x',
      text: '',
      timeoutMs: LONG_MS,
    });
    expect(noInbox.message).toContain('inboxPrefix');
  });
});

describe.skipIf(!HAS_NATS_SERVER)('a bus on a cluster of NATS', () => {
  test('moves early when its server is about to go away, and no request notices', async () => {
    const [one, other] = await natsPair({
      config: 'lame_duck_duration: "30s"\nlame_duck_grace_period: "2s"',
    });
    const [device, program] = await Promise.all([on(one), on(one)]);
    await subscribe(device, 'device', 'echo', 'q');
    const ends = await whileFlooding(program, { subject: 'device' }, async () => {
      await one.lameDuck();
      for (const each of [device, program])
        await eventually(each, ({ bus }) => bus.server.endsWith(`:${other.port}`));
    });
    expect(tally(ends)).toEqual({ answered: Object.keys(ends).length });
    expectHonest(ends, await executions(device));
    const states = [...device.all('state'), ...program.all('state')].map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['up']));
  });

  test('goes on at the other server when its own is killed', async () => {
    const [one, other] = await natsPair();
    const [device, program] = await Promise.all([on(other), on(one)]);
    await subscribe(device, 'device', 'echo', 'q');
    // a server of a cluster learns of a subscription at another a moment later
    const flood = { subject: 'device', timeoutMs: 1_000, again: true };
    const ends = await whileFlooding(program, flood, async () => {
      await one.kill();
      await eventually(program, ({ bus }) => bus.state === 'up' && bus.server?.endsWith(`:${other.port}`));
    });
    expectHonest(ends, await executions(device));
    expect(Object.keys(tally(ends)).filter((end) => !/^(answered|bus-timeout written)$/.test(end))).toEqual(
      [],
    );
  });

  test('where it is told that nobody is there right after a move, asking again is safe and helps', async () => {
    const [one, other] = await natsPair();
    const [here, there, program] = await Promise.all([on(one), on(other), on(one)]);
    await subscribe(here, 'device', 'echo', 'q');
    const ends = await whileFlooding(program, { subject: 'device', again: true }, async () => {
      let [from, to] = [here, there];
      for (let move = 0; move < 40; move++) {
        // the other way round, a server drops what another one passes on to it before it knows
        await subscribe(to, 'device', 'echo', 'q');
        await from.ask('drain', { key: 'bus', subject: 'device' });
        [from, to] = [to, from];
      }
    });
    const { answered = 0, ...others } = tally(ends);
    expect(answered).toBeGreaterThan(500);
    // nobody is told for good that nobody is there; what one server had forwarded to a device that drained then, NATS may lose
    expect(Object.keys(others).filter((end) => end !== 'bus-timeout written')).toEqual([]);
    expectHonest(ends, await executions(here, there));
  });
});

describe.skipIf(!HAS_NATS_SERVER)('connecting to NATS', () => {
  const refusal = async (options: object, reason = 'bus-refused'): Promise<string> => {
    const program = new Program('nats.mjs');
    const error = await program.askInVain('open', { key: 'bus', options });
    expect(error).toMatchObject({ name: 'BusError', code: 'ERR_BUS', reason, written: false });
    expect(program.lines.filter(({ event }) => event === 'warning')).toEqual([]);
    await program.kill();
    expect(program.err).toBe('');
    return error.message;
  };

  test.each([
    ['a password', 'user: me, password: pw', { user: 'me', pass: 'pw' }],
    ['a token', 'token: t0ken', { token: 't0ken' }],
  ])('works with %s, also in an order of chance with wrong ones, which are refused by name', async (_, config, options) => {
    const server = await started({ config: `authorization { ${config} }` });
    await on(server, options);
    const wrong = await refusal({ servers: server.url, user: 'me', pass: 'wr0ng' }, 'bus-unauthorized');
    expect(wrong).toContain(
      `Could not connect to 127.0.0.1:${server.port}: the server refuses the credentials`,
    );
    expect(wrong).not.toContain('wr0ng');
    expect(await refusal({ servers: server.url }, 'bus-unauthorized')).toContain('refuses the credentials');
  });

  test('works with a password in the URL, and with a key', async () => {
    const server = await started({ config: 'authorization { user: me, password: pw }' });
    await on(`nats://me:pw@127.0.0.1:${server.port}`);
    const { seed, publicKey } = newKey();
    const keyed = await started({ config: `authorization { users: [{ nkey: ${publicKey} }] }` });
    const program = new Program('nats.mjs');
    await program.ask('open', { key: 'bus', options: { servers: keyed.url }, nkey: seed });
  });

  test('works with TLS, and says what is wrong with a certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nats-tls-'));
    const { cert, key } = withKey('server');
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    const server = await started({
      config: `tls { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem" }`,
    });
    const program = await on(server, { tls: { ca: authority, servername: 'localhost' } });
    await subscribe(program, 'device', 'echo');
    expect(tally(await ask(program, 'device', { count: 100 }))).toEqual({ answered: 100 });
    expect(await refusal({ servers: server.url })).toMatch(/TLS: .*certificate/);
    const plain = await started();
    expect(await refusal({ servers: `tls://127.0.0.1:${plain.port}` })).toMatch(
      /TLS: server does not support/,
    );
    rmSync(folder, { recursive: true });
  });

  test('says that nothing is there, that it is something else, or that it says nothing, and leaves nothing behind', async () => {
    const sockets = new Set<Socket>();
    const stranger = (says: string): Promise<{ port: number; close: () => void }> =>
      new Promise((resolve) => {
        const server = createServer((socket) => {
          sockets.add(socket.on('error', () => {}));
          if (says !== '') socket.end(says);
        }).listen(0, '127.0.0.1', () => {
          const { port } = server.address() as { port: number };
          resolve({ port, close: () => server.close() });
        });
      });
    const [web, mute] = await Promise.all([stranger('HTTP/1.1 400 Bad Request\r\n\r\n'), stranger('')]);
    const gone = await started();
    await gone.kill();
    expect(await refusal({ servers: gone.url })).toContain(
      'connection refused (is a NATS server running there?)',
    );
    expect(await refusal({ servers: `127.0.0.1:${web.port}` })).toContain(
      '"HTTP/1.1 400 Bad Request" in place of INFO',
    );
    expect(await refusal({ servers: `127.0.0.1:${mute.port}`, connectTimeout: 200 })).toContain(
      'nothing within 200 ms',
    );
    // a process with nothing else to do ends by itself, with the error and no more
    const code = `import { natsBus } from 'socket-protocol/nats';
      const error = await natsBus({ servers: '127.0.0.1:${mute.port}', connectTimeout: 200 }).catch((thrown) => thrown);
      console.log(error.reason);`;
    writeFileSync(join(FOLDER, 'mute.mjs'), code);
    const { stdout, stderr, status } = await ended('mute.mjs');
    expect([stdout, stderr, status]).toEqual(['bus-refused\n', '', 0]);
    for (const socket of sockets) socket.destroy();
    web.close();
    mute.close();
  });

  test('waits for a server where that is wanted', async () => {
    const server = await started();
    await server.kill();
    const program = new Program('nats.mjs');
    const opened = program.ask('open', {
      key: 'bus',
      options: { servers: server.url, waitOnFirstConnect: true },
    });
    await server.start();
    expect(await opened).toEqual({ server: `127.0.0.1:${server.port}`, maxPayload: 1_048_576 });
  });
});

/** Runs a program of the folder to its end, without keeping this process from answering it. */
async function ended(file: string): Promise<{ stdout: string; stderr: string; status: number | null }> {
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [join(FOLDER, file)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return await new Promise((resolve) => child.on('close', (status) => resolve({ stdout, stderr, status })));
}

/** A key of a user, as the client's package makes it. */
function newKey(): { seed: string; publicKey: string } {
  const code = `import { nkeys } from '@nats-io/transport-node';
    const user = nkeys.createUser();
    console.log(JSON.stringify({ seed: Buffer.from(user.getSeed()).toString(), publicKey: user.getPublicKey() }));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as { seed: string; publicKey: string };
}

describe('a project without the client of NATS', () => {
  const project = mkdtempSync(join(tmpdir(), 'socket-protocol-no-nats-'));
  cpSync(join(FOLDER, 'node_modules'), join(project, 'node_modules'), {
    recursive: true,
    filter: (path) => !path.includes('@nats-io'),
  });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));

  test('compiles, with a look at every declaration', () => {
    const code = `import { connect } from 'socket-protocol';
import { natsBus, type NatsBus, type NatsBusOptions } from 'socket-protocol/nats';
const options: NatsBusOptions = { servers: 'here', tls: { ca: '' } };
export const bus = async (): Promise<NatsBus> => await natsBus(options);
console.log(connect);
`;
    writeFileSync(join(project, 'program.ts'), code);
    const argv = [
      '--strict',
      '--noEmit',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--skipLibCheck',
      'false',
    ];
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, ...argv, 'program.ts'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  });

  test('runs, and is told what is missing only where it wants NATS', () => {
    const run = (code: string): { stdout: string; stderr: string } =>
      spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: project, encoding: 'utf8' });
    expect(run("import { connect } from 'socket-protocol'; console.log(typeof connect)")).toMatchObject({
      stdout: 'function\n',
      stderr: '',
    });
    expect(run("import 'socket-protocol/nats'").stderr).toMatch(
      /Cannot find package '@nats-io\/transport-node'/,
    );
  });
});
