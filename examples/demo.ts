/** Runs the server and the client of the original's example against each other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const port = process.argv[2] ?? '17017';
const start = (name: string) =>
  spawn(process.execPath, [fileURLToPath(new URL(`./${name}.js`, import.meta.url)), port], {
    stdio: ['inherit', 'pipe', 'inherit'],
  });

const server = start('server');
server.stdout.pipe(process.stdout);
// it listens by then; before, the client would have to try more than once
await once(server.stdout, 'data');
const client = start('client');
client.stdout.pipe(process.stdout);
await Promise.all([server, client].map((child) => once(child, 'exit')));
