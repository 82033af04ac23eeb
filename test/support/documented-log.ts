/** The log that the original's documentation shows for its example, on the side of the client. */

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { hexDump } from '../../src/session/journal/logging.js';

const { frames } = JSON.parse(readFileSync(new URL('../vectors/seed-log.json', import.meta.url), 'utf8')) as {
  frames: { readonly payload_hex: string }[];
};
const [name, request, nameAnswer, answer] = frames.map(({ payload_hex: hex }) =>
  hexDump(Buffer.from(hex, 'hex')),
);

/** What the documentation prints, without times, and with the peer's address that is lost there. */
export const DOCUMENTED: readonly string[] = [
  'INFO - socket_protocol.example_client - prot-client: Resetting authentification state to AUTH_STATE_UNTRUSTED_CONNECTION',
  'INFO - socket_protocol.example_client - prot-client: Initialisation finished.',
  'INFO - socket_protocol.example_client - prot-client: TX -> service: read data request, data_id: asc_time, status: okay, data: "None"',
  'INFO - tcp_socket.example_client - comm-client: Connection established... (to ADDRESS)',
  `INFO - socket_protocol.example_client - prot-client: TX -> service: channel name request, data_id: name, status: okay, data: "'example_client'"`,
  `INFO - tcp_socket.example_client - comm-client: TX -> "${name}"`,
  `INFO - tcp_socket.example_client - comm-client: TX -> "${request}"`,
  `INFO - tcp_socket.example_client - comm-client: RX  <- "${nameAnswer}"`,
  'INFO - socket_protocol.example_client - prot-client: RX <- service: channel name response, data_id: name, status: okay, data: "None"',
  `INFO - tcp_socket.example_client - comm-client: RX  <- "${answer}"`,
  `INFO - socket_protocol.example_client - prot-client: RX <- service: read data response, data_id: asc_time, status: okay, data: "'TIME'"`,
  "The Client received: 'TIME'",
];

const TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: +/;
const ASCTIME = /[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g;

/** The last payload of the documentation holds its time, ours another: both are as long. */
function withoutBytesOf(line: string): string {
  return line.replace(/"\(85\): [\da-f ]+"/, '"(85)"');
}

/** Expects what a client of the example has printed to be what the documentation shows, line by line. */
export function expectDocumentedLog(printed: string): void {
  const lines = printed.split('\n').slice(0, -1);
  expect(lines.slice(0, -1).every((line) => TIMESTAMP.test(line))).toBe(true);
  expect(
    lines.map((line) =>
      withoutBytesOf(
        line
          .replace(TIMESTAMP, '')
          .replaceAll(ASCTIME, 'TIME')
          .replace(/\(to .*\)/, '(to ADDRESS)'),
      ),
    ),
  ).toEqual(DOCUMENTED.map(withoutBytesOf));
}
