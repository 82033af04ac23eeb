/** Runs the server and the client of the original's example against each other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const port = process.argv[2] ?? '17017';
const [server, client] = ['server', 'client'].map((name) =>
  spawn(process.execPath, [fileURLToPath(new URL(`./${name}.js`, import.meta.url)), port], {
    stdio: 'inherit',
  }),
);
await Promise.all([server, client].map((child) => child && once(child, 'exit')));
