import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Window } from 'happy-dom';
import { describe, expect, test } from 'vitest';
import { CLIENT_RULES, RULES } from '../../../src/cli/certify/rules/index.js';
import { linesOf, Running, runCommand, startListening } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';
import { comesTo, PlainClient } from '../certify/plain-client.js';
import { overTcp, PlainServer } from '../certify/plain-server.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
const TIMEOUT = ['--timeout', '2000'];
const folder = new TestFolder();
const page = readFileSync(new URL('../../../docs/certify.md', import.meta.url), 'utf8');

/** What docs/certify.md shows of a command, without what differs from run to run. */
function shown(command: string): string {
  return new RegExp(`\\$ socket-protocol ${command}.*\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
}

const sameFor = (text: string): string =>
  text.replace(/\b[\d.]+:\d+/g, 'PEER').replace(/within \d+ ms/g, 'within N ms');

const parsed = (text: string, type: 'application/xml' | 'image/svg+xml' | 'text/html') =>
  new new Window().DOMParser().parseFromString(text, type);

describe('certify', { timeout: 20_000 }, () => {
  test('lists the rules, as text and as lines of JSON', async () => {
    const { code, out } = await runCommand(['certify', '--list']);
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(RULES.map(({ id }) => id));
    const json = await runCommand(['certify', '--list', '--json', '--rule', 'limit', '--rule', 'name/again']);
    expect(linesOf(json.out).map(({ rule }) => rule)).toEqual(
      RULES.filter(({ id }) => id.startsWith('limit/') || id === 'name/again').map(({ id }) => id),
    );
  });

  test('prints what docs/certify.md shows, and exits with 1 where something differs', async () => {
    const server = new PlainServer(null, 'ignores frames over 64 KiB');
    await using peer = await overTcp(server);
    const { code, out, err } = await runCommand([
      'certify',
      peer.address,
      ...TIMEOUT,
      '--rule',
      'framing',
      '--rule',
      'order',
    ]);
    const text = shown('certify 192.0.2.7');
    expect(sameFor(out)).toBe(sameFor(text).replace(/^socket-protocol: .*\n/m, ''));
    expect(code).toBe(1);
    expect(err).toBe(`socket-protocol: ${peer.address} differs from the protocol in 1 of 15 rules\n`);
    expect(text).toContain(err.replace(peer.address, '192.0.2.7:17017'));
  });

  test('prints what was sent and received with --verbose, with seeds and keys masked', async () => {
    await using peer = await overTcp(new PlainServer(SECRET));
    const { out, err } = await runCommand(
      ['certify', peer.address, ...TIMEOUT, '--rule', 'authentication/spent-seed', '--verbose'],
      { env: { SOCKET_PROTOCOL_SECRET: SECRET } },
    );
    expect(out).toContain('1 rule: 1 holds');
    expect(err).toContain('> seed');
    expect(err).toContain('< (1, 0) status 0, data "***"');
    expect(`${out}${err}`).not.toMatch(/[\da-f]{64}/);
  });

  test('writes JUnit XML as Jenkins and GitLab take it', async () => {
    const file = folder.at('certify.xml');
    await using peer = await overTcp(new PlainServer(null, 'prints to the line'));
    const { code } = await runCommand(['certify', peer.address, ...TIMEOUT, '--junit', file]);
    expect(code).toBe(1);
    const document = parsed(readFileSync(file, 'utf8'), 'application/xml');
    const root = document.documentElement;
    expect(root.tagName).toBe('testsuites');
    const suites = [...root.children];
    expect(suites.map(({ tagName }) => tagName)).toEqual(suites.map(() => 'testsuite'));
    const cases = suites.flatMap((suite) => {
      const [properties, ...own] = [...suite.children];
      expect(properties?.tagName).toBe('properties');
      expect(properties?.querySelector('property[name="peer"]')?.getAttribute('value')).toBe(peer.address);
      expect(own.map(({ tagName }) => tagName)).toEqual(own.map(() => 'testcase'));
      const count = (selector: string): string => String(suite.querySelectorAll(selector).length);
      expect(suite.getAttribute('tests')).toBe(count('testcase'));
      expect(suite.getAttribute('failures')).toBe(count('failure'));
      expect(suite.getAttribute('skipped')).toBe(count('skipped'));
      expect(suite.getAttribute('timestamp')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      return own;
    });
    expect(cases).toHaveLength(RULES.length);
    for (const each of cases) {
      expect(each.getAttribute('classname')).toBeTruthy();
      expect(each.getAttribute('time')).toMatch(/^\d+\.\d{3}$/);
      expect(each.children.length).toBeLessThanOrEqual(1);
      expect(['failure', 'skipped', 'system-out', undefined]).toContain(each.children[0]?.tagName);
    }
    expect(root.querySelector('failure')?.textContent).toContain(String.raw`"boot v1.2 ok\r\n"`);
  });

  test('paints the charts and writes a page, without a script', async () => {
    const report = folder.at('report');
    await using peer = await overTcp(new PlainServer(SECRET, 'sends one seed again and again'));
    await runCommand(['certify', peer.address, ...TIMEOUT, '--report', report], {
      env: { SOCKET_PROTOCOL_SECRET: SECRET },
    });
    const svg = readFileSync(join(report, 'authentication.svg'), 'utf8');
    const document = parsed(svg, 'image/svg+xml');
    const classesOf = (key: string): readonly string[] =>
      [...document.querySelectorAll(`[data-transition="${key}"]`)].map(
        (each) => each.getAttribute('class') ?? '',
      );
    expect(classesOf('server.seedSent peer.seedRequested 0').join()).toContain('verdict-differs');
    expect(classesOf('server.seedSent peer.keyAccepted 0').join()).toContain('verdict-holds');
    expect(classesOf('server peer.seedRequested 0').join()).toContain('verdict-not-judged');
    expect(classesOf('client.untrusted authentication.start 0').join()).not.toContain('verdict');
    // all keys that share a line are coloured as the worst of them
    const lines = [
      ...document.querySelectorAll('polyline[data-transition="server.seedSent peer.keyRejected 0"]'),
    ];
    expect(lines.map((line) => line.querySelector('title')?.textContent)).toEqual(
      lines.map(() => expect.stringContaining('authentication/wrong-key')),
    );
    const html = readFileSync(join(report, 'index.html'), 'utf8');
    const shown = parsed(html, 'text/html');
    expect(shown.querySelector('h2')?.textContent).toBe('What differs');
    expect(shown.querySelectorAll('script, link, iframe')).toHaveLength(0);
    expect(shown.querySelectorAll('img')).toHaveLength(3);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
  });

  test('shows what a peer calls itself as text, on the terminal and on the page', async () => {
    const name = '<img src=x>\u001b[31m';
    const { running, address } = await startListening(['serve', '--port', '0', '--channel', name]);
    const { out } = await runCommand([
      'certify',
      address,
      ...TIMEOUT,
      '--rule',
      'name',
      '--report',
      folder.at('named'),
    ]);
    expect(out).toContain(String.raw`calls itself "<img src=x>\u001b[31m"`);
    expect(readFileSync(folder.at('named/index.html'), 'utf8')).not.toContain('<img src=x>');
    await running.interrupt();
  });

  test.each([
    [['certify'], 2, /Missing required argument 'address'/],
    [['certify', '127.0.0.1:9', '--listen', '0'], 2, /Give either the address of a peer or --listen/],
    [['certify', '127.0.0.1:9', '--wait', '9'], 2, /--wait needs --listen/],
    [['certify', '--listen', '0', '--tls'], 2, /--tls of a server needs --cert FILE and --key FILE/],
    [['certify', '--listen', '0', '--rule', 'nothing'], 2, /no rule "nothing"; .*, connection, and --list/],
    [['certify', '--listen', '0', '--junit', '/nowhere/x.xml'], 2, /Could not write "\/nowhere\/x.xml"/],
    [['certify', '127.0.0.1:9', '--rule', 'nothing'], 2, /no rule "nothing"; the groups are framing, /],
    [['certify', '127.0.0.1:9', '--allow-write', '7'], 2, /Expected ID=DATA for --allow-write, got "7"/],
    [['certify', '127.0.0.1:9', '--allow-write', '7={'], 2, /Invalid JSON/],
    [['certify', '127.0.0.1:9', '--data-id', 'x'], 2, /a data id/],
    [
      ['certify', '127.0.0.1:9', '--junit', '/nowhere/x.xml'],
      2,
      /Could not write "\/nowhere\/x.xml": no such file/,
    ],
    [['certify', '127.0.0.1:1'], 3, /Could not connect to 127.0.0.1:1: /],
  ])('refuses %j with exit code %i', async (argv, code, message) => {
    expect(await runCommand(argv)).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
  });

  test('exits with 1 where nothing could be judged', async () => {
    await using peer = await overTcp(new PlainServer(null));
    const argv = ['certify', peer.address, ...TIMEOUT, '--rule', 'dispatch/write'];
    const { code, out, err } = await runCommand(argv);
    expect([code, err]).toEqual([1, `socket-protocol: ${peer.address}: nothing could be judged\n`]);
    expect(out).toContain('read-only: --allow-write ID=DATA');
  });

  test('exits with 4 where the peer does not take the secret, and with 130 when it is interrupted', async () => {
    await using peer = await overTcp(new PlainServer('another'));
    const env = { SOCKET_PROTOCOL_SECRET: SECRET };
    const { code, err } = await runCommand(['certify', peer.address, ...TIMEOUT], { env });
    expect(code).toBe(4);
    expect(err).toContain('the two sides have different secrets');
    const interrupted = AbortSignal.abort();
    expect(await runCommand(['certify', peer.address, ...TIMEOUT], { interrupted })).toMatchObject({
      code: 130,
    });
  });
});

describe('certify --listen', { timeout: 20_000 }, () => {
  const env = { SOCKET_PROTOCOL_SECRET: SECRET };
  const argv = ['certify', '--listen', '0', ...TIMEOUT];

  test('lists the rules for clients', async () => {
    const { out } = await runCommand(['certify', '--list', '--listen', '0', '--json']);
    expect(linesOf(out).map(({ rule }) => rule)).toEqual(CLIENT_RULES.map(({ id }) => id));
  });

  test('prints what docs/certify.md shows, and exits with 1 where something differs', async () => {
    const rules = ['--rule', 'name', '--rule', 'authentication/key'];
    const { running, address, port } = await startListening([...argv, ...rules], { env });
    using _client = comesTo(port, new PlainClient(SECRET, 'hashes the secret before the seed'));
    const { code, out, err } = await running.outcome();
    const text = shown('certify --listen');
    expect(sameFor(out)).toBe(sameFor(text).replace(/^socket-protocol: .*\n/m, ''));
    expect(code).toBe(1);
    expect(err).toBe(`socket-protocol: client of ${address} differs from the protocol in 1 of 4 rules\n`);
    expect(text).toContain(err.replace(address, '192.0.2.1:17017'));
  });

  test('writes JUnit XML and paints the charts of the client, and masks its keys', async () => {
    const [junit, report] = [folder.at('client.xml'), folder.at('client')];
    const outputs = ['--junit', junit, '--report', report, '--verbose'];
    const rules = ['--rule', 'authentication/key-form', '--rule', 'authentication/trusted'];
    const { running, port } = await startListening([...argv, ...outputs, ...rules], { env });
    using _client = comesTo(port, new PlainClient(SECRET, 'writes keys in upper case'));
    const { out, err } = await running.outcome();
    expect(readFileSync(junit, 'utf8')).toContain('<failure message="the key is in upper case"');
    const svg = readFileSync(join(report, 'authentication.svg'), 'utf8');
    const document = parsed(svg, 'image/svg+xml');
    const classOf = (key: string): string =>
      document.querySelector(`[data-transition="${key}"]`)?.getAttribute('class') ?? '';
    expect(classOf('client.proving.seedRequested peer.seedReceived 0')).toContain('verdict-differs');
    expect(classOf('client.proving.keySent peer.trustGranted 0')).toContain('verdict-holds');
    expect(svg).toContain("they are the server's");
    expect(err).toContain('< (0, 1) status 0, data "***"');
    expect(`${out}${err}`).not.toMatch(/[\da-fA-F]{64}/);
  });

  test('judges a device of this program, with TLS, and says who was turned away without', async () => {
    const { running, address, port } = await startListening(
      [...argv, '--tls-psk', '--rule', 'framing/whole', '--rule', 'authentication/key'],
      { env },
    );
    {
      using _plain = comesTo(port, new PlainClient(SECRET));
      await running.warned(/A peer was turned away: the peer speaks this protocol without TLS/);
    }
    const device = new Running(['serve', '--connect', address, '--tls-psk'], { env });
    const { code, out } = await running.outcome();
    expect(out).toContain('2 rules: 2 hold');
    expect(code).toBe(0);
    await device.interrupt();
  });

  test('exits with 5 where nobody comes, and with 130 when it is interrupted', async () => {
    const late = await startListening(['certify', '--listen', '0', '--wait', '1']);
    expect(await late.running.outcome()).toMatchObject({
      code: 5,
      err: `socket-protocol: No client of ${late.address} came within 1 ms\n`,
    });
    const { running } = await startListening(['certify', '--listen', '0']);
    expect(await running.interrupt()).toBe(130);
  });
});
