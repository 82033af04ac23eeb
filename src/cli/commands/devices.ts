/** `devices`: which devices there are, on all gateways. */

import type { Command } from 'commander';
import type { Devices, ListedDevice } from '../../gateway/index.js';
import { parseTimeout } from '../arguments.js';
import type { Io } from '../io.js';
import { connectNats, type NatsOptions, natsServersOf, withNatsOptions } from '../nats.js';
import { jsonLine } from '../output.js';
import { examples, JSON_HELP } from './common.js';
import { EventPrinter } from './link-events.js';
import { printEvent, shownName } from './presence-lines.js';

interface DevicesArguments extends NatsOptions {
  readonly timeout: number;
  readonly watch?: true;
  readonly json?: true;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('devices')
    .description('list the devices of all gateways on NATS')
    .option('--watch', 'stay, and print what comes and goes')
    .option('--timeout <ms>', 'how long to wait for NATS, in milliseconds', parseTimeout, DEFAULT_TIMEOUT_MS)
    .option('--json', JSON_HELP);
  withNatsOptions(command, true)
    .addHelpText(
      'after',
      examples('devices --nats nats://127.0.0.1:4222', 'devices --nats tls://nats.example --watch --json'),
    )
    .action(async (options: DevicesArguments) => {
      const servers = natsServersOf(options, io);
      const { prefix, timeout: timeoutMs } = options;
      const bus = await connectNats(servers, options, { name: 'socket-protocol devices', timeoutMs }, io);
      try {
        const { devices } = await import('../../gateway/index.js');
        using fleet = devices(bus, { prefix });
        if (options.watch === true) await watch(fleet, options, io);
        else printList(await fleet.list(), options, io);
      } finally {
        await bus.close();
      }
    });
}

/** Prints a table, or a line of JSON for each device. */
function printList(list: readonly ListedDevice[], { json }: DevicesArguments, io: Io): void {
  if (json === true) {
    for (const { device, gateway, address, since, epoch } of list)
      io.stdout(jsonLine({ device, gateway, address: address ?? null, since, epoch }));
    return;
  }
  if (list.length === 0) return io.stdout('no device is connected\n');
  const rows = [
    HEADINGS,
    ...list.map(({ device, gateway, address, since }) => [shownName(device), gateway, address ?? '-', since]),
  ];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    io.stdout(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}

const HEADINGS = ['DEVICE', 'GATEWAY', 'ADDRESS', 'SINCE'];

/** Prints who is there, and what happens then, until the person interrupts it. */
async function watch(fleet: Devices, { json }: DevicesArguments, io: Io): Promise<void> {
  const printer = new EventPrinter(json ?? false, io);
  try {
    for await (const event of fleet.watch({ signal: io.interrupted })) printEvent(event, printer);
  } catch (error) {
    if (!io.interrupted.aborted) throw error;
  }
}
