import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readDebuggerRecording } from '../../src/cli/recording/debugger.js';
import { exchangesOf } from '../../src/cli/recording/exchanges.js';
import { readTraffic } from '../../src/cli/recording/traffic.js';
import type { Failure } from '../../src/index.js';
import { connect, listen } from '../../src/index.js';
import { failureRecording } from '../../src/inspector/index.js';
import { type Disk, FailureFiles, MAX_FAILURE_FILES } from '../../src/recorder/failure-files.js';
import { Pair } from '../support/pair.js';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'failures-')), 'made', 'when needed');
});
afterEach(() => rmSync(join(folder, '..', '..'), { recursive: true, force: true }));

/** A failure of a real session, with requests before it. */
async function failureOf(): Promise<Failure> {
  const pair = await Pair.connected({ both: { secret: 'correct horse battery staple' } });
  pair.server.onRead(0, () => ({ temperature: 21.5 }));
  pair.server.onRead(1, () => 'x'.repeat(500));
  pair.server.onRead(2, () => Promise.reject(new Error('no sensor')));
  pair.server.on('callbackError', () => {});
  const failures: Failure[] = [];
  pair.server.on('failure', (failure) => failures.push(failure));
  for (const dataId of [0, 1, 2]) await Promise.allSettled([pair.client.read(dataId), pair.settle()]);
  await pair.close();
  return failures[0] as Failure;
}

/** A disk in memory; each call can fail. */
class MemoryDisk implements Disk {
  readonly files = new Map<string, string>();
  fault: Error | null = null;
  /** The calls that fail while there is a fault. */
  failing: readonly (keyof Disk)[] = ['mkdir', 'write'];
  #check(call: keyof Disk): void {
    if (this.fault !== null && this.failing.includes(call)) throw this.fault;
  }
  async mkdir(): Promise<void> {
    this.#check('mkdir');
  }
  async readdir(): Promise<string[]> {
    this.#check('readdir');
    return [...this.files.keys()].map((file) => file.split('/').at(-1) ?? '');
  }
  async write(file: string, text: string): Promise<void> {
    // a disk that is full takes the beginning
    this.files.set(file, this.fault === null ? text : text.slice(0, 10));
    this.#check('write');
  }
  async rename(from: string, to: string): Promise<void> {
    this.#check('rename');
    this.files.set(to, this.files.get(from) ?? '');
    this.files.delete(from);
  }
  async remove(file: string): Promise<void> {
    this.#check('remove');
    this.files.delete(file);
  }
  writeNow(_folder: string, file: string, text: string): void {
    this.files.set(file, text);
  }
}

describe('the recording of a failure', () => {
  test('is one of the debugger, with actors, states, messages, counters and the failure', async () => {
    const text = failureRecording(await failureOf(), new Date(0));
    const unread = vi.fn();
    const entries = readDebuggerRecording(text, unread) ?? [];
    expect(unread).not.toHaveBeenCalled();
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(
      new Set(['actor', 'state', 'message', 'counters', 'note']),
    );
    expect(entries.at(-1)).toMatchObject({ kind: 'note', code: 'failure', isTrouble: true });
    expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => index + 1));
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({
      time: '1970-01-01T00:00:00.000Z',
      failure: { kind: 'callback-error' },
    });
  });

  test('is read by decode and replay: what was kept as a whole can be played again', async () => {
    const { items, failure } = readTraffic(failureRecording(await failureOf()));
    expect(failure).toContain('callback-error');
    const messages = items.flatMap(({ item }) => (item.kind === 'message' ? [item] : []));
    expect(messages.filter(({ isCut }) => isCut === true).map(({ message }) => message.data)).toContain(
      `"${'x'.repeat(95)}…`,
    );
    const { exchanges, unanswered } = exchangesOf(items);
    expect(exchanges.map(({ request, answer }) => [request.dataId, answer.data])).toEqual([
      [0, { temperature: 21.5 }],
    ]);
    expect(unanswered).toBe(2);
  });
});

describe('the option recordFailures', () => {
  test('writes a file that only its owner reads, also for a client that never was connected', async () => {
    await using server = await listen({ port: 0, secret: 'correct horse battery staple' }, () => {});
    const wrong = connect({
      port: server.port,
      secret: 'wrong horse battery staple',
      recordFailures: folder,
    });
    await expect(wrong).rejects.toThrow('secrets');
    await vi.waitFor(() =>
      expect(readdirSync(folder).filter((name) => /\.jsonl$/.test(name))).toHaveLength(1),
    );
    const [name = ''] = readdirSync(folder);
    expect(name).toMatch(/^\d{4}-.*Z-client-authentication-failed-\d+-\d+\.jsonl$/);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('horse');
  });

  test.each(['', 5, 'a\0b'])('refuses %j', async (recordFailures) => {
    await expect(connect({ port: 1, recordFailures: recordFailures as string })).rejects.toThrow(
      'recordFailures',
    );
  });
});

describe('a folder of failures', () => {
  const clock = { ms: 0, now: () => clock.ms };

  test('keeps the last, and of the kind that has most loses the oldest', async () => {
    const disk = new MemoryDisk();
    const files = new FailureFiles('/failures', clock, disk);
    const failure = await failureOf();
    files.take({ ...failure, kind: 'requests-lost' });
    for (let n = 0; n < MAX_FAILURE_FILES + 20; n++) {
      files.take(failure);
      await files.written();
    }
    expect(disk.files.size).toBe(MAX_FAILURE_FILES);
    expect([...disk.files.keys()].filter((name) => name.includes('requests-lost'))).toHaveLength(1);
  });

  test('loses what processes left half written that were killed, as if it were whole, and nothing else', async () => {
    const disk = new MemoryDisk();
    const files = new FailureFiles('/failures', clock, disk);
    const others = ['/failures/notes.jsonl.part', '/failures/2020-01-01T00-00-00-000Z.part'];
    for (const name of others) disk.files.set(name, '');
    for (let pid = 0; pid < MAX_FAILURE_FILES + 20; pid++)
      disk.files.set(`/failures/2026-01-31T23-59-59-999Z-server-callback-error-${pid}-1.jsonl.part`, '');
    files.take(await failureOf());
    await files.written();
    expect(disk.files.size).toBe(MAX_FAILURE_FILES + others.length);
    expect([...disk.files.keys()]).toEqual(expect.arrayContaining(others));
  });

  test('takes five of a kind at once, then one a second, and counts the others', async () => {
    const disk = new MemoryDisk();
    const files = new FailureFiles('/failures', clock, disk);
    const failure = await failureOf();
    const offer = () => files.wants('callback-error') && files.take(failure);
    for (let n = 0; n < 12; n++) offer();
    await files.written();
    expect(disk.files.size).toBe(5);
    clock.ms += 1_000;
    for (let n = 0; n < 2; n++) offer();
    await files.written();
    expect(disk.files.size).toBe(6);
    clock.ms += 1_000;
    offer();
    await files.written();
    expect(disk.files.size).toBe(7);
    const headers = [...disk.files.values()].map((text) => JSON.parse(text.split('\n')[0] ?? ''));
    expect(headers.reduce((sum, { failure: { suppressed } }) => sum + suppressed, 0)).toBe(8);
  });

  test('keeps no more than twenty waiting for a slow disk, and writes those at once where the process ends', async () => {
    const listeners = process.listenerCount('exit');
    const disk = new MemoryDisk();
    let isThere = (): void => {};
    vi.spyOn(disk, 'mkdir').mockReturnValueOnce(new Promise<void>((resolve) => (isThere = resolve)));
    const files = new FailureFiles('/failures', clock, disk);
    const failure = await failureOf();
    for (let n = 0; n < 30; n++) {
      clock.ms += 1_000;
      if (files.wants('callback-error')) files.take(failure);
    }
    expect([disk.files.size, process.listenerCount('exit')]).toEqual([0, listeners + 1]);
    process.listeners('exit').at(-1)?.call(process, 0);
    expect(disk.files.size).toBe(20);
    disk.files.clear();
    isThere();
    await files.written();
    expect([disk.files.size, process.listenerCount('exit')]).toEqual([20, listeners]);
  });

  test('takes the failure of a clock that fails', async () => {
    const disk = new MemoryDisk();
    let isBroken = false;
    const breaking = {
      now: () => {
        if (isBroken) throw new Error('no time');
        return 1_000_000;
      },
    };
    const files = new FailureFiles('/failures', breaking, disk);
    const failure = await failureOf();
    expect(files.wants('callback-error')).toBe(true);
    isBroken = true;
    for (let n = 0; n < 7; n++) if (files.wants('callback-error')) files.take(failure);
    await files.written();
    expect(disk.files.size).toBe(5);
  });

  test('that cannot be written to is a warning, once, and takes failures again when it can', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const disk = new MemoryDisk();
    disk.fault = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const files = new FailureFiles('/failures', clock, disk);
    const failure = await failureOf();
    for (let n = 0; n < 3; n++) {
      files.take(failure);
      await files.written();
    }
    expect(warned).toHaveBeenCalledTimes(1);
    expect(disk.files.size).toBe(0);
    disk.fault = null;
    files.take(failure);
    await files.written();
    expect(
      [...disk.files.values()].map((text) => JSON.parse(text.split('\n')[0] ?? '').failure.suppressed),
    ).toEqual([3]);
    warned.mockRestore();
  });

  const CODES = ['ENOSPC', 'EACCES', 'EMFILE', 'EROFS'];
  const CALLS = ['mkdir', 'readdir', 'write', 'rename'] as const;
  test.each(
    CODES.flatMap((code) => CALLS.map((call) => [code, call] as const)),
  )('that fails with %s in %s leaves no half file, and says later how many are missing', async (code, call) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const disk = new MemoryDisk();
    disk.fault = Object.assign(new Error(`${code}: it fails`), { code });
    disk.failing = [call];
    const files = new FailureFiles('/failures', clock, disk);
    const failure = await failureOf();
    files.take(failure);
    files.take(failure);
    await files.written();
    expect(disk.files.size).toBe(0);
    disk.fault = null;
    files.take(failure);
    await files.written();
    const [[name = '', text = ''] = []] = [...disk.files];
    expect(disk.files.size).toBe(1);
    expect(name.endsWith('.jsonl')).toBe(true);
    expect(JSON.parse(text.split('\n')[0] ?? '').failure.suppressed).toBe(2);
    warned.mockRestore();
  });

  test('that cannot even remove the half of a file goes on when it can be written to', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const disk = new MemoryDisk();
    disk.fault = new Error('ENOSPC: no space left on device');
    disk.failing = ['write', 'remove'];
    const files = new FailureFiles('/failures', clock, disk);
    const failure = await failureOf();
    files.take(failure);
    await files.written();
    expect([...disk.files.keys()].every((name) => name.endsWith('.part'))).toBe(true);
    disk.fault = null;
    files.take(failure);
    await files.written();
    expect([...disk.files.keys()].filter((name) => name.endsWith('.jsonl')).length).toBe(1);
    warned.mockRestore();
  });
});
