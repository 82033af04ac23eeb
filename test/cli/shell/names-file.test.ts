import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namesFileOf } from '../../../src/cli/shell/names-file.js';
import { TestFolder } from '../../support/folder.js';
import { openShellServer, pipedShell, SHELL_ENV, Typing } from '../../support/typing.js';

const folder = new TestFolder();
const { address } = await openShellServer();

/** The environment of a shell that keeps names there. */
const inFile = (file: string) => ({ ...SHELL_ENV, SOCKET_PROTOCOL_NAMES: file });
const namesIn = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

describe('names that were given at the prompt', () => {
  test('are there the next time, and only their owner can read them', async () => {
    const env = { ...SHELL_ENV, XDG_CONFIG_HOME: folder.at('config') };
    const place = join(folder.at('config'), 'socket-protocol', 'names');
    const first = new Typing(address, env);
    await first.shows('> ');
    for (const line of [
      'service 100 101 calibrate',
      'name data 10 1 first',
      'name data 10 1 "the first"',
      'name status 1000 "too hot"',
    ])
      await first.line(line);
    await first.leave();
    const [file = ''] = readdirSync(place);
    expect(readdirSync(place)).toEqual([`${address.replace(':', '_')}.json`]);
    expect(namesIn(join(place, file))).toEqual({
      services: [{ request: 100, response: 101, name: 'calibrate' }],
      data: [{ service: 10, data: 1, name: 'the first' }],
      statuses: [{ status: 1000, name: 'too hot' }],
    });
    expect([join(place, file), place].map((each) => statSync(each).mode & 0o777)).toEqual([0o600, 0o700]);

    const second = new Typing(address, env);
    await second.shows('> ');
    await second.line('read "the first"');
    await second.line('request calibrate 3 {"x": 1}');
    await second.line('read 3');
    await second.line('names');
    const { out, err } = await second.leave();
    expect(out).toBe(
      [
        '"one"',
        '{"service_id":101,"data_id":3,"status":0,"data":{"got":{"x":1}}}',
        'service 100, 101: "calibrate"',
        'data 1 of service 10: "the first"',
        'status 1000: "too hot"',
        '',
      ].join('\n'),
    );
    expect(err).toMatch(/too hot \(1000\)\n$/);
  });

  test('of two shells at a time are all kept', async () => {
    const file = folder.at('shared.json');
    const [one, other] = [new Typing(address, inFile(file)), new Typing(address, inFile(file))];
    for (const each of [one, other]) await each.shows('> ');
    await one.line('name data 10 1 first');
    await other.line('name data 10 3 third');
    await one.line('name status 1000 hot');
    for (const each of [one, other]) await each.leave();
    expect(namesIn(file)).toEqual({
      services: [],
      data: [
        { service: 10, data: 1, name: 'first' },
        { service: 10, data: 3, name: 'third' },
      ],
      statuses: [{ status: 1000, name: 'hot' }],
    });
  });

  test('that are taken by now are left out, with a warning, and stay in the file', async () => {
    const file = folder.file(
      'taken.json',
      JSON.stringify({
        services: [{ request: 10, response: 99 }],
        data: [{ service: 10, data: 1, name: 'first' }],
        statuses: [{ status: 1000, name: 'okay' }],
      }),
    );
    const typing = new Typing(address, inFile(file));
    await typing.shows('> ');
    await typing.line('read first');
    const { out, err } = await typing.leave();
    expect(out).toBe('"one"\n');
    expect(err).toMatch(
      /^socket-protocol: warning: Left out a name of ".*taken\.json": .+ \(and 1 more\)\n$/,
    );
    expect(JSON.stringify(namesIn(file))).toContain('"response":99');
  });
});

describe('a file of names', () => {
  test.each([
    ['no JSON', 'it is no JSON'],
    ['{"services": {}}', 'services is no list'],
    ['{"services": [{"request": 1}]}', 'services[0] needs "response", a service id from 0 to 4294967295'],
    [
      '{"data": [{"service": 10, "data": 1, "name": "a"}, null]}',
      'data[1] needs "service", a service id from 0 to 4294967295',
    ],
    [
      '{"statuses": [{"status": -1, "name": "a"}]}',
      'statuses[0] needs "status", a status from 0 to 9007199254740991',
    ],
    ['{"statuses": [{"status": 1, "name": ""}]}', 'statuses[0] needs a "name"'],
  ])('that holds %s is left as it is, which one warning says', async (content, why) => {
    const file = folder.file('wrong.json', content);
    const typing = new Typing(address, inFile(file));
    await typing.shows('> ');
    await typing.line('name data 10 1 first');
    await typing.line('read first');
    const { out, err } = await typing.leave();
    expect(out).toBe('"one"\n');
    expect(err).toBe(
      `socket-protocol: warning: Names are not kept, ${JSON.stringify(file)} is left as it is: ${why}\n`,
    );
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test('that is a folder costs one warning, and nothing else', async () => {
    const place = folder.at('place');
    mkdirSync(place);
    const typing = new Typing(address, inFile(place));
    await typing.shows('> ');
    await typing.line('name data 10 1 first');
    await typing.line('read first');
    const { out, err } = await typing.leave();
    expect([out, err]).toEqual([
      '"one"\n',
      `socket-protocol: warning: Names are not kept, ${JSON.stringify(place)} is left as it is: it is a folder\n`,
    ]);
    expect(readdirSync(place)).toEqual([]);
  });

  test('with --names is read and written by a script, too; otherwise a script has only its own names', async () => {
    const file = folder.at('chosen.json');
    const options = ['--names', file];
    expect(await pipedShell(address, 'name data 10 1 first\nread first\n', { options })).toMatchObject({
      code: 0,
    });
    expect(await pipedShell(address, 'read first\n', { options })).toEqual({
      code: 0,
      out: '"one"\n',
      err: '',
    });
    const untouched = folder.at('untouched.json');
    writeFileSync(untouched, 'no JSON');
    const env = inFile(untouched);
    expect(await pipedShell(address, 'name data 10 1 first\nread first\n', { env })).toEqual({
      code: 0,
      out: '"one"\n',
      err: '',
    });
    expect(existsSync(folder.at('names'))).toBe(false);
  });

  test('that is there stays where it is, behind a link, and as readable as it was', async () => {
    const file = folder.file('team.json', '{}');
    chmodSync(file, 0o644);
    const link = folder.at('link.json');
    symlinkSync(file, link);
    await pipedShell(address, 'name data 10 1 first\n', { options: ['--names', link] });
    expect(namesIn(file)).toMatchObject({ data: [{ name: 'first' }] });
    expect([lstatSync(link).isSymbolicLink(), statSync(file).mode & 0o777]).toEqual([true, 0o644]);
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test.each([
    [{ SOCKET_PROTOCOL_NAMES: '/x/y', XDG_CONFIG_HOME: '/config', HOME: '/home/a' }, '/x/y'],
    [{ SOCKET_PROTOCOL_NAMES: '', XDG_CONFIG_HOME: '/config', HOME: '/home/a' }, null],
    [{ XDG_CONFIG_HOME: '/config', HOME: '/home/a' }, '/config/socket-protocol/names/unix_run_a.sock.json'],
    [
      { XDG_CONFIG_HOME: 'relative', HOME: '/home/a' },
      '/home/a/.config/socket-protocol/names/unix_run_a.sock.json',
    ],
    [{}, null],
  ])('of %j is in %s', (env, file) => {
    expect(namesFileOf(env, 'unix:/run/a.sock')).toBe(file);
  });
});
