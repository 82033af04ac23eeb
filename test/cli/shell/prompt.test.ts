import { describe, expect, test } from 'vitest';
import { listen } from '../../../src/index.js';
import { openShellServer, SHELL_ENV, Typing } from '../../support/typing.js';

const { address } = await openShellServer();

describe('the prompt', () => {
  test('shows the state of the connection, and keeps what was typed when it is lost', async () => {
    let close = (): void => {};
    await using breaking = await listen({ port: 0 }, (session) => {
      close = () => void session.close();
    });
    const peer = `127.0.0.1:${breaking.port}`;
    const typing = new Typing(peer, { SOCKET_PROTOCOL_HISTORY: '' });
    await typing.shows(`connected ${peer}> `);
    typing.type('read 1');
    await typing.shows('read 1');
    close();
    await typing.shows(`lost ${peer}> read 1`);
    expect(typing.command.err).toBe('Connection lost: the peer closed the connection; connecting again\n');
    await typing.shows(`connected ${peer}> read 1`);
    expect(typing.command.err).toMatch(/\nConnected again\n$/);
    expect((await typing.leave()).code).toBe(0);
  });

  test('says trusted after an authentication', async () => {
    const typing = new Typing(address);
    await typing.shows(`trusted ${address}> `);
    await typing.leave();
  });

  test('is coloured if colours are shown', async () => {
    const typing = new Typing(address, SHELL_ENV, { colours: true });
    await typing.shows('> ');
    expect(typing.raw).toContain(`\u001b[32mtrusted\u001b[39m ${address}> `);
    await typing.leave();
  });

  test('comes back when Ctrl-C cancels a request; Ctrl-C at the prompt leaves', async () => {
    const typing = new Typing(address);
    await typing.shows('> ');
    typing.type('read 2\r');
    await typing.shows('\n');
    typing.type('\u0003');
    await typing.shows('> ');
    expect(typing.command.err).toBe('Interrupted\n');
    await typing.line('read 1');
    expect(typing.command.out).toBe('"one"\n');
    typing.type('\u0003');
    expect((await typing.command.outcome()).code).toBe(0);
  });

  test('completes at a Tab', async () => {
    const typing = new Typing(address);
    await typing.shows('> ');
    await typing.line('name data 10 1 "first of all"');
    typing.type('read f\t');
    await typing.shows('"first of all" ');
    typing.type('\r');
    await typing.command.printed(/"one"/);
    await typing.leave();
  });
});
