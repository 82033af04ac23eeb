import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  type Message,
  PureJsonProtocol,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_CALLBACK_ERROR,
  STATUS_OKAY,
  STATUS_OPERATION_NOT_PERMITTED,
  StructJsonProtocol,
  TcpClientStp,
  TcpServerStp,
} from '../../src/index.js';
import { documentation, documentedOutput, documentedPrograms } from '../support/original-documentation.js';
import { OriginalExample, withoutTimesAndAddresses } from '../support/original-example.js';
import seedLog from '../vectors/seed-log.json' with { type: 'json' };

const pathOf = (name: string): string => fileURLToPath(new URL(`original/${name}`, import.meta.url));

const DID_ASC_TIME = 0;
/** The time in the documented log. */
const ASC_TIME = 'Sun Feb  2 00:00:44 2025';
const TIME = ['--time', ASC_TIME];

describe('the stand-in for the original', () => {
  const described = JSON.parse(
    execFileSync('python3', ['-B', pathOf('describe.py')], { encoding: 'utf8' }),
  ) as {
    readonly constants: Readonly<Record<string, string>>;
    readonly exceptions: readonly string[];
    readonly classes: Readonly<Record<string, string>>;
    readonly methods: Readonly<Record<string, string>>;
  };
  /** All that a pattern finds in the documentation: its two groups as names and values. */
  const documented = (pattern: RegExp): Record<string, string> =>
    Object.fromEntries(
      [...documentation.matchAll(pattern)].map(([, name = '', value = '']) => [name, value]),
    );

  test('has the documented constants and exceptions', () => {
    const constants = documented(/^socket_protocol\.(\w+) = (.*)$/gm);
    expect(Object.keys(constants)).toHaveLength(21);
    expect(described.constants).toMatchObject(constants);
    expect(described.exceptions).toEqual(Object.keys(documented(/^exception socket_protocol\.(\w+)/gm)));
  });

  test('has the documented classes and methods, with their parameters and defaults', () => {
    expect(described.classes).toEqual(documented(/^class socket_protocol\.(\w+)(\(.*\))$/gm));
    const methods = documented(/^(\w+)(\(.*\))$/gm);
    expect(Object.keys(methods)).toEqual([
      'add_data',
      'add_msg_to_auth_whitelist_',
      'add_service',
      'add_status',
      'receive',
      'register_callback',
      'send',
    ]);
    expect(described.methods).toMatchObject(methods);
  });
});

describe('the documented examples', { timeout: 60_000 }, () => {
  test('are as printed, but for whitespace and the lines that the copy has lost', () => {
    const ours = ['client', 'server']
      .map((role) => readFileSync(pathOf(`examples/socket_protocol_${role}.py`), 'utf8'))
      .join('')
      .replace(/^.* # restored\n/gm, '');
    expect(ours.replace(/\s/g, '')).toBe(documentedPrograms.replace(/\s/g, ''));
  });

  test('print the documented log', async () => {
    expect(documentedOutput).toHaveLength(12);
    await using server = await OriginalExample.server(...TIME);
    await using client = OriginalExample.client(server.port);

    expect(withoutTimesAndAddresses(await client.output())).toEqual(
      withoutTimesAndAddresses(documentedOutput),
    );
    expect((await server.output()).filter((line) => line.includes(' WARNING '))).toEqual([
      expect.stringContaining("'example_server'"),
    ]);
  });

  test('show the captured bytes in it', () => {
    const dumps = documentedOutput.flatMap((line) => line.match(/(?<="\(\d+\): )[0-9a-f ]+(?=")/) ?? []);
    expect(dumps.map((dump) => dump.replaceAll(' ', ''))).toEqual(
      seedLog.frames.map((frame) => frame.payload_hex),
    );
  });
});

const codecs = [
  { codec: 'pure_json', Protocol: PureJsonProtocol, args: TIME },
  { codec: 'struct_json', Protocol: StructJsonProtocol, args: ['--struct', ...TIME] },
];

describe.each(codecs)('the documented examples in $codec', { timeout: 60_000 }, ({ Protocol, args }) => {
  /** The documented server, here. */
  async function ourServer() {
    const transport = new TcpServerStp({ port: 0 });
    const protocol = new Protocol(transport, { channelName: 'example_server' });
    protocol.registerCallback(SID_READ_REQUEST, DID_ASC_TIME, (message: Message) =>
      message.getStatus() === STATUS_OKAY ? [STATUS_OKAY, ASC_TIME] : [STATUS_OPERATION_NOT_PERMITTED, null],
    );
    return Object.assign(protocol, { port: await transport.listening() });
  }

  /** The documented client, here, as far as a server can see it. */
  async function ourClient(port: number, status = STATUS_OKAY) {
    const protocol = new Protocol(new TcpClientStp({ port }), { channelName: 'example_client' });
    const isSent = await protocol.send(SID_READ_REQUEST, DID_ASC_TIME, null, status, 10_000);
    const answer = await protocol.receive(SID_READ_RESPONSE, 0, 10_000);
    await protocol.close();
    return { isSent, status: answer?.getStatus(), data: answer?.getData() };
  }

  test('print the same on both sides, whichever of them is ours', async () => {
    await using pythonServer = await OriginalExample.server(...args);
    await using pythonClient = OriginalExample.client(pythonServer.port, ...args);
    const printedByClient = withoutTimesAndAddresses(await pythonClient.output());
    const printedByServer = withoutTimesAndAddresses(await pythonServer.output());
    expect(printedByClient.at(-1)).toBe(`The Client received: '${ASC_TIME}'`);

    await using server = await ourServer();
    await using client = OriginalExample.client(server.port, ...args);
    expect(withoutTimesAndAddresses(await client.output())).toEqual(printedByClient);
    expect(server.channelName).toBe('example_client');

    await using askedByOurs = await OriginalExample.server(...args);
    expect(await ourClient(askedByOurs.port)).toEqual({ isSent: true, status: STATUS_OKAY, data: ASC_TIME });
    expect(withoutTimesAndAddresses(await askedByOurs.output())).toEqual(printedByServer);
  });

  test('do not permit a request whose status is not okay', async () => {
    await using pythonServer = await OriginalExample.server(...args);
    await using server = await ourServer();
    const refusal = { isSent: true, status: STATUS_OPERATION_NOT_PERMITTED, data: null };
    expect(await ourClient(pythonServer.port, STATUS_CALLBACK_ERROR)).toEqual(refusal);
    expect(await ourClient(server.port, STATUS_CALLBACK_ERROR)).toEqual(refusal);
  });
});
