import { afterAll, describe, expect, test } from 'vitest';
import { differences, runAll } from './programs/compare.js';
import { generateProgram } from './programs/generate.js';
import type { Observed, Outcome, Role, SideMaker, SideSetup } from './programs/program.js';
import { PythonSides } from './programs/python-side.js';
import { makeTypeScriptSide } from './programs/typescript-side.js';

const PROGRAMS = Array.from({ length: 200 }, (_, seed) => generateProgram(seed));

const python = new PythonSides();
afterAll(() => python[Symbol.asyncDispose]());

describe('200 programs show what they show among Python peers', { timeout: 120_000 }, () => {
  let amongPythonPeers: Promise<Observed[]> | undefined;

  test.each([
    ['our client and a Python server', makeTypeScriptSide, python.make],
    ['a Python client and our server', python.make, makeTypeScriptSide],
    ['our client and our server', makeTypeScriptSide, makeTypeScriptSide],
  ] as const)('between %s', async (_, client, server) => {
    amongPythonPeers ??= runAll(PROGRAMS, python.make, python.make);
    const expected = await amongPythonPeers;
    expect(differences(PROGRAMS, await runAll(PROGRAMS, client, server), expected)).toEqual([]);
  });
});

describe.each(['client', 'server'] as const)('a %s that nobody connects with', (role) => {
  const PORT_OF_NOBODY = 1;
  const CALLS = [
    ['is_connected'],
    ['check_authentification_state'],
    ['connection_established'],
    ['send', 10, 0, null, 0, 0.05],
    ['receive', 11, 0, 0.05],
    ['authentificate', 0.05],
    ['reconnect'],
    ['check_authentification_state'],
    ['connection_established'],
    ['channel_name'],
  ] as const;

  async function alone(make: SideMaker, setup: SideSetup, as: Role): Promise<Outcome[]> {
    const { side } = await make(as, 'pure_json', setup, PORT_OF_NOBODY);
    const outcomes: Outcome[] = [];
    for (const [name, ...args] of CALLS) outcomes.push(await side.call(name, args));
    await side.call('close', []);
    return outcomes;
  }

  test.each([
    { secret: null, auto_auth: false, channel_name: null },
    { secret: 'correct horse battery staple', auto_auth: false, channel_name: 'link' },
    { secret: 'correct horse battery staple', auto_auth: true, channel_name: 'link' },
  ])('shows what it shows in Python, with the name $channel_name and auto_auth $auto_auth', async (setup) => {
    expect(await alone(makeTypeScriptSide, setup, role)).toEqual(await alone(python.make, setup, role));
  });
});
