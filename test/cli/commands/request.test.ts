import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, type Server, StatusError } from '../../../src/index.js';
import { linesOf, runCommand } from '../../support/command.js';

describe('request', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = await listen({ port: 0 }, (session) => {
      session.addService(100, 101);
      session.addService(200, 300);
      session.onRequest(100, 3, (data) => ({ got: data }));
      session.onRequest(200, 3, (data) => data);
      session.onExecute(2, (data) => data);
      session.onRead(4, () => {
        throw new StatusError(6);
      });
      session.onRead(5, () => {
        throw new StatusError(2, { data: { reason: 'device-away', written: false } });
      });
    });
    address = `127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  test('prints the data of the answer', async () => {
    const outcome = await runCommand(['request', address, '100', '3', '{"on": true}']);
    expect(outcome).toEqual({ code: 0, out: '{"got":{"on":true}}\n', err: '' });
  });

  test('prints the whole answer with --json', async () => {
    const { code, out } = await runCommand(['request', address, '30', '2', '"x"', '--json']);
    expect([code, out]).toEqual([0, '{"service_id":31,"data_id":2,"status":0,"data":"x"}\n']);
  });

  test('takes another response id with --response', async () => {
    const { code, out } = await runCommand([
      'request',
      address,
      '200',
      '3',
      '1',
      '--response',
      '300',
      '--json',
    ]);
    expect([code, out]).toEqual([0, '{"service_id":300,"data_id":3,"status":0,"data":1}\n']);
  });

  test('repeats, with a line for each answer', async () => {
    const argv = ['request', address, '30', '2', '7', '--repeat', '3', '--interval', '1'];
    expect(await runCommand(argv)).toEqual({ code: 0, out: '7\n7\n7\n', err: '' });
  });

  test('ends with exit code 1 at the first status that is not okay', async () => {
    const argv = ['request', address, '10', '4', '--repeat', '3', '--json'];
    const { code, out, err } = await runCommand(argv);
    expect([code, linesOf(out)]).toEqual([1, [{ service_id: 11, data_id: 4, status: 6, data: null }]]);
    const error = 'The peer answered with status 6: operation not permitted';
    expect(linesOf(err)).toEqual([expect.objectContaining({ error, code: 'ERR_STATUS' })]);
  });

  test('says why, where the peer has a word for it', async () => {
    expect(await runCommand(['request', address, '10', '5'])).toEqual({
      code: 1,
      out: '',
      err: 'socket-protocol: The peer answered with status 2: callback error: device-away\n',
    });
  });
});
