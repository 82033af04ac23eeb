/** Contracts in the project of a user: strict types on both ends, what the compiler says of mistakes, and what it costs. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { Running } from './support/running.js';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const FOLDER = join(inject('fieldFolder'), 'contracts');

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  target: 'es2022',
  module: 'nodenext',
  types: ['node'],
};

/** Compiles files in a project of their own; returns its folder, and what the compiler prints. */
function compile(
  name: string,
  files: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): { readonly project: string; readonly printed: string } {
  const project = join(FOLDER, name);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: OPTIONS, files: Object.keys(files) }),
  );
  for (const [file, code] of Object.entries(files)) writeFileSync(join(project, file), code);
  const { stdout } = spawnSync(process.execPath, [TSC, '-p', project, ...argv], {
    cwd: project,
    encoding: 'utf8',
  });
  return { project, printed: withoutXState(stdout) };
}

/** The declarations of XState are not written for `exactOptionalPropertyTypes`; those of this package are. */
function withoutXState(printed: string): string {
  return printed.replace(/^\S*node_modules\/xstate\/.*\n(?: .*\n)*/gm, '');
}

const SCHEMAS: Readonly<Record<string, string>> = {
  zod: `import * as z from 'zod';
const Led = z.object({ brightness: z.number().max(1), color: z.string().optional() });
const numberOf = z.string().transform(Number);
const done = z.boolean();`,
  valibot: `import * as v from 'valibot';
const Led = v.object({ brightness: v.pipe(v.number(), v.maxValue(1)), color: v.optional(v.string()) });
const numberOf = v.pipe(v.string(), v.transform(Number));
const done = v.boolean();`,
  arktype: `import { type } from 'arktype';
const Led = type({ brightness: 'number <= 1', 'color?': 'string' });
const numberOf = type('string.numeric.parse');
const done = type('boolean');`,
};

const ENTRIES = `export const thermostat = contract({
  time: read(0),
  led: write(1, Led, done),
  reboot: execute(2, numberOf, done),
  own: request(100, 101, 0, numberOf, numberOf),
});
`;

const SERVER = `import { listen } from 'socket-protocol';
import { thermostat } from './contract.js';

const server = await listen({ port: 0 }, (session) => {
  thermostat.handle(session, {
    time: () => 'noon',
    led: ({ brightness, color }) => brightness === 0.5 && color === undefined,
    reboot: async (delay) => delay > 1,
    own: (value, message) => \`\${value + 1}\${message.dataId}\`,
  });
});
console.log(server.port);
`;

const CLIENT = `import { connect, ValidationError } from 'socket-protocol';
import { thermostat } from './contract.js';

const session = await connect({ port: Number(process.argv[2]) });
const client = thermostat.client(session);
const time: unknown = await client.time({ timeout: 1_000 });
const done: boolean = await client.led({ brightness: 0.5 });
const slow: boolean = await client.reboot('2');
const own: number = await client.own('41');
console.log(time, done, slow, own);
const refused = await client.led({ brightness: 2 }).catch((error: unknown) => error);
if (refused instanceof ValidationError) console.log(refused.reason, refused.issues[0]?.path);
await session.close();
`;

describe.each(Object.entries(SCHEMAS))('a contract with the schemas of %s', (library, schemas) => {
  test('compiles on both ends under strict options, declarations included, and works', async () => {
    const entries = `import { contract, execute, read, request, write } from 'socket-protocol';\n${schemas}\n${ENTRIES}`;
    const files = { 'contract.ts': entries, 'server.ts': SERVER, 'client.ts': CLIENT };
    const { project, printed } = compile(library, files);
    expect(printed).toBe('');
    using server = new Running([join(project, 'server.js')]);
    const [port = ''] = /^\d+$/m.exec(await server.printed('out', /\n/)) ?? [];
    using client = new Running([join(project, 'client.js'), port]);
    expect([await client.code, client.err]).toEqual([0, '']);
    expect(client.out).toBe('noon true true 420\ninvalid-input brightness\n');
  });

  test('gives declarations that others can use', () => {
    const entries = `import { contract, execute, read, request, write } from 'socket-protocol';\n${schemas}\n${ENTRIES}`;
    const argv = ['--declaration', '--outDir', 'dist', '--rootDir', '.'];
    expect(compile(`${library}-library`, { 'contract.ts': entries }, ...argv).printed).toBe('');
    const client = CLIENT.replace('./contract.js', `../${library}-library/dist/contract.js`);
    const wrong = `${client}await client.own(41);\n`;
    expect(compile(`${library}-user`, { 'client.ts': client }, '--noEmit').printed).toBe('');
    expect(compile(`${library}-user`, { 'client.ts': wrong }, '--noEmit').printed).toMatch(
      /: error TS2345: Argument of type 'number' is not assignable to parameter of type 'string'\.\n$/,
    );
  });
});

/** What the compiler says of one mistake, without the place. */
function complaintsOf(name: string, mistake: string): string[] {
  const code = `import { connect, contract, execute, read, write } from 'socket-protocol';
import * as z from 'zod';
const session = await connect({ port: 1 });
const thermostat = contract({
  time: read(0, z.string()),
  led: write(1, z.object({ brightness: z.number() }), z.boolean()),
});
const client = thermostat.client(session);
const handlers = { time: () => 'noon', led: () => true };
${mistake}
export { client, execute, handlers, session };
`;
  const { printed } = compile(`mistake-${name}`, { 'program.ts': code }, '--noEmit', '--skipLibCheck');
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^program\.ts\(\d+,\d+\): /, ''));
}

describe('the compiler says of', () => {
  test('a value of another type', () => {
    expect(complaintsOf('value', "void client.led({ brightness: 'bright' });")).toEqual([
      "error TS2322: Type 'string' is not assignable to type 'number'.",
    ]);
  });

  test('a value that is missing', () => {
    expect(complaintsOf('missing', 'void client.led();')).toEqual([
      'error TS2554: Expected 1-2 arguments, but got 0.',
    ]);
  });

  test('a name that the contract does not have', () => {
    expect(complaintsOf('name', 'void client.tiem();')[0]).toMatch(
      /^error TS2339: Property 'tiem' does not exist on type 'ContractClient<.*>'\.$/,
    );
  });

  test('a missing handler', () => {
    expect(complaintsOf('handler', "thermostat.handle(session, { time: () => 'noon' });")[0]).toMatch(
      /^error TS2741: Property 'led' is missing in type '\{ time: \(\) => string; \}' but required in type /,
    );
  });

  test('a handler that answers something else', () => {
    expect(complaintsOf('answer', "thermostat.handle(session, { ...handlers, led: () => 'yes' });")).toEqual([
      "error TS2322: Type 'string' is not assignable to type 'boolean | PromiseLike<boolean>'.",
    ]);
  });

  test('a handler without an entry', () => {
    expect(
      complaintsOf('unknown', 'thermostat.handle(session, { ...handlers, lde: () => true });')[0],
    ).toContain("'lde' does not exist in type 'ContractHandlers<");
  });

  test('what is no schema', () => {
    expect(complaintsOf('schema', 'execute(2, { brightness: 1 });')).toEqual([
      "error TS2353: Object literal may only specify known properties, and 'brightness' does not exist in type 'StandardSchema<unknown, unknown>'.",
    ]);
  });
});

describe('a large contract', () => {
  /** Types of schemas that cost nothing themselves, and everything that a program does with a contract of that size. */
  function programWithEntries(count: number): string {
    const numbers = Array.from({ length: count }, (_, i) => i);
    const entry = (i: number): string => {
      const schema = `s<{ value${i}: number; label: string }>()`;
      return [
        `read(${i}, ${schema})`,
        `write(${i}, ${schema})`,
        `execute(${i}, ${schema}, ${schema})`,
        `request(100, 101, ${i}, ${schema}, ${schema})`,
      ][i % 4] as string;
    };
    const value = (i: number): string => `{ value${i}: ${i}, label: '' }`;
    return `import { connect, contract, execute, read, request, type StandardSchema, write } from 'socket-protocol';
declare function s<T>(): StandardSchema<T>;
const session = await connect({ port: 1 });
const large = contract({
${numbers.map((i) => `  entry${i}: ${entry(i)},`).join('\n')}
});
const client = large.client(session);
${numbers.map((i) => `void client.entry${i}(${i % 4 === 0 ? '' : value(i)});`).join('\n')}
large.handle(session, {
${numbers.map((i) => `  entry${i}: ${i % 4 === 0 ? `() => (${value(i)})` : '(got) => got'},`).join('\n')}
});
`;
  }

  function instantiations(count: number): number {
    const files = { 'program.ts': programWithEntries(count) };
    const options = ['--noEmit', '--skipLibCheck', '--singleThreaded', '--extendedDiagnostics'];
    const { printed } = compile(`large-${count}`, files, ...options);
    expect(printed).not.toContain('error');
    return Number(/^Instantiations:\s+(\d+)$/m.exec(printed)?.[1]);
  }

  test('costs the compiler at most 80 instantiations for each entry, however many there are', () => {
    const [some, many] = [instantiations(150), instantiations(300)];
    expect(many).toBeGreaterThan(300);
    expect(many).toBeLessThan(300 * 80);
    // twice as many entries cost no more than twice as much
    expect(many).toBeLessThanOrEqual(2 * some);
  });
});
