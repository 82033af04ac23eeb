import { beforeAll, describe, expect, test } from 'vitest';
import { runCommand, wholeProgram } from '../../support/command.js';
import { IMPORTS, thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';

const folder = new TestFolder();
const thermostat = thermostatIn(folder);

beforeAll(() => wholeProgram());

interface Documents {
  readonly 'json-schema': { readonly $defs: Readonly<Record<string, object>> };
  readonly asyncapi: { readonly asyncapi: string; readonly info: object };
}

describe('describe', () => {
  test('prints a contract as JSON Schema and as AsyncAPI 3', async () => {
    const { code, out, err } = await runCommand(['describe', thermostat]);
    expect([code, err]).toEqual([0, '']);
    const { 'json-schema': jsonSchema, asyncapi } = JSON.parse(out) as Documents;
    expect(jsonSchema.$defs['led.input']).toMatchObject({
      type: 'object',
      properties: { brightness: { type: 'number', minimum: 0, maximum: 1 } },
    });
    expect(asyncapi.asyncapi).toMatch(/^3\./);
    expect(out.split('\n').length).toBeGreaterThan(100);
  });

  test('prints one of them, with a title and a version, on one line for programs', async () => {
    const both = JSON.parse((await runCommand(['describe', thermostat, '--json'])).out) as Documents;
    for (const format of ['json-schema', 'asyncapi'] as const) {
      const { out } = await runCommand(['describe', thermostat, '--format', format, '--json']);
      expect(JSON.parse(out)).toEqual(both[format]);
      expect(out).toMatch(/^[^\n]+\n$/);
    }
    const argv = [
      'describe',
      thermostat,
      '--format',
      'asyncapi',
      '--title',
      'Thermostat',
      '--version',
      '2.1.0',
    ];
    expect((JSON.parse((await runCommand(argv)).out) as Documents['asyncapi']).info).toMatchObject({
      title: 'Thermostat',
      version: '2.1.0',
    });
  });

  test('warns of schemas that cannot be described, on standard error', async () => {
    const file = folder.file(
      'undescribed.mjs',
      `${IMPORTS}const schema = { '~standard': { version: 1, vendor: 'home-made', validate: (value) => ({ value }) } };
export default contract({ led: write(7, schema), time: read(0) });\n`,
    );
    const { code, out, err } = await runCommand(['describe', file]);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/^socket-protocol: warning: led\.input: home-made has no [^\n]+\n$/),
    ]);
    expect(JSON.parse(out)).toHaveProperty('json-schema');
  });

  test('refuses a format that there is none of, and a file without a contract', async () => {
    const { code, err } = await runCommand(['describe', thermostat, '--format', 'openapi']);
    expect([code, err]).toEqual([2, 'socket-protocol: Expected json-schema or asyncapi, got "openapi"\n']);
    const nothing = await runCommand(['describe', folder.at('none.mjs')]);
    expect([nothing.code, nothing.out]).toEqual([2, '']);
  });
});
