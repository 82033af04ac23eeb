/** The hex dumps of test/vectors: what the original put on the wire, and what Python's library makes of the same messages. */

import { readFileSync } from 'node:fs';
import { Message } from '../../../src/protocol/message.js';
import { type Codec, encodeStp, pureJson, StpDecoder, structJson } from '../../../src/wire/index.js';
import { formOrReason, messageForm } from './canonical.js';
import { projectFile } from './project-files.js';
import type { PythonProcess } from './python-process.js';

interface CapturedFrame {
  readonly message: { data_id: number; service_id: number; status: number; data: unknown };
  readonly payload_hex: string;
  readonly stp_hex: string;
}

interface PythonCase {
  readonly data_json: string;
  readonly pure_json_payload_hex: string;
  readonly struct_json_payload_hex: string;
}

/** The ids of each case of python-json.json. */
const PYTHON_IDS = { status: 0, serviceId: 20, dataId: 5 };

const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(projectFile(`test/vectors/${name}`), 'utf8'));

/** @returns how many dumps were checked, and what is wrong with each that is not exact */
export async function checkGolden(python: PythonProcess): Promise<{ dumps: number; problems: string[] }> {
  const { frames } = vectors('seed-log.json') as { frames: CapturedFrame[] };
  const { cases } = vectors('python-json.json') as { cases: PythonCase[] };
  const problems = [...(await capturedProblems(python, frames)), ...(await pythonProblems(python, cases))];
  return { dumps: 2 * frames.length + 2 * cases.length, problems };
}

async function capturedProblems(python: PythonProcess, frames: readonly CapturedFrame[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { message, payload_hex, stp_hex } of frames) {
    const { data_id: dataId, service_id: serviceId, status, data } = message;
    const ours = new Message({ status, serviceId, dataId, data });
    const [packed] = await python.answers([packLine(ours, JSON.stringify(data))]);
    const [pure, frame] = (packed ?? '').split(' ');
    const name = JSON.stringify(message);
    if (pureJson.encode(ours).toString('hex') !== payload_hex) problems.push(`encoding ${name}`);
    if (encodeStp(Buffer.from(payload_hex, 'hex')).toString('hex') !== stp_hex)
      problems.push(`framing ${name}`);
    if (formOf(pureJson, payload_hex) !== messageForm(ours)) problems.push(`decoding ${name}`);
    if (unframed(stp_hex) !== payload_hex) problems.push(`taking ${name} out of its frame`);
    if (pure !== payload_hex || frame !== stp_hex) problems.push(`Python's encoding of ${name}`);
  }
  return problems;
}

async function pythonProblems(python: PythonProcess, cases: readonly PythonCase[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { data_json, pure_json_payload_hex: pure, struct_json_payload_hex: packed } of cases) {
    const message = new Message<unknown>(PYTHON_IDS);
    const [value = '', written = ''] = await python.answers([
      `text ${Buffer.from(data_json).toString('hex')}`,
      packLine(message, data_json),
    ]);
    const expected = `0,20,5;${value}`;
    if (written.split(' ')[0] !== pure) problems.push(`Python's pure_json of ${data_json}`);
    if (written.split(' ')[2] !== packed) problems.push(`Python's struct_json of ${data_json}`);
    for (const [codec, hex] of [[pureJson, pure] as const, [structJson, packed] as const]) {
      if (formOf(codec, hex) !== expected) problems.push(`decoding ${codec.name} of ${data_json}`);
      if (!/^(null|true|-?\d+|""|":[<=>:]*")$/.test(data_json)) continue; // written with a space or an escape
      const again = formOrReason(() => codec.encode(codec.decode(Buffer.from(hex, 'hex'))).toString('hex'));
      if (again !== hex) problems.push(`encoding ${codec.name} of ${data_json}`);
    }
  }
  return problems;
}

function packLine({ status, serviceId, dataId }: Message<unknown>, dataJson: string): string {
  return `pack ${status} ${serviceId} ${dataId} ${Buffer.from(dataJson).toString('hex')}`;
}

function formOf(codec: Codec, hex: string): string {
  return formOrReason(() => messageForm(codec.decode(Buffer.from(hex, 'hex'))));
}

function unframed(hex: string): string {
  const payloads: string[] = [];
  const decoder = new StpDecoder({ frame: (payload) => payloads.push(payload.toString('hex')) });
  decoder.push(Buffer.from(hex, 'hex'));
  return payloads.join(' ');
}
