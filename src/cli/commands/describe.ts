/** `describe`: prints a contract for other programs, as JSON Schema and as AsyncAPI. */

import { type Command, Option } from 'commander';
import { describeContract, type JsonObject } from '../../contract/describe.js';
import { choiceParser } from '../arguments.js';
import { loadContract } from '../contract/file.js';
import type { Io } from '../io.js';
import { warn } from '../output.js';
import { examples } from './common.js';

const FORMATS = ['json-schema', 'asyncapi'] as const;

interface DescribeArguments {
  readonly format?: (typeof FORMATS)[number];
  readonly title?: string;
  readonly version?: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  program
    .command('describe')
    .description('print a contract as JSON Schema and as AsyncAPI 3')
    .argument('<file>', 'a module (.js, .mjs, .ts) that exports a contract')
    .addOption(
      new Option('--format <format>', 'only this one (default: an object with both)')
        .choices(FORMATS)
        .argParser(choiceParser(FORMATS)),
    )
    .option('--title <text>', 'what AsyncAPI calls the program that is asked')
    .option('--version <text>', 'its version')
    .option('--json', 'print all on one line')
    .addHelpText(
      'after',
      examples(
        'describe thermostat.ts',
        'describe thermostat.ts --format asyncapi --title Thermostat --version 2.1.0 > asyncapi.json',
      ),
    )
    .action((file: string, options: DescribeArguments) => describe(file, options, io));
}

async function describe(file: string, options: DescribeArguments, io: Io): Promise<void> {
  const { format, title, version, json: isJson = false } = options;
  const contract = await loadContract(file);
  const info = { ...(title === undefined ? {} : { title }), ...(version === undefined ? {} : { version }) };
  const { jsonSchema, asyncApi } = describeContract(contract, info);
  const documents = { 'json-schema': jsonSchema, asyncapi: asyncApi };
  const shown = format === undefined ? documents : documents[format];
  for (const { name, why } of undescribed(jsonSchema)) warn(io, `${name}: ${why}`);
  io.stdout(`${JSON.stringify(shown, null, isJson ? 0 : 2)}\n`);
}

/** What the comment of a schema begins with that says nothing about the data. */
const NOT_DESCRIBED = 'Not described: ';

/** The schemas that could not be put into JSON Schema, and why; in the documents they allow anything. */
function undescribed({ $defs }: JsonObject): { readonly name: string; readonly why: string }[] {
  return Object.entries($defs as Readonly<Record<string, JsonObject>>).flatMap(([name, { $comment }]) =>
    typeof $comment === 'string' && $comment.startsWith(NOT_DESCRIBED)
      ? [{ name, why: $comment.slice(NOT_DESCRIBED.length) }]
      : [],
  );
}
