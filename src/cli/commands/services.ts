/** Services of a program's own, for commands that pass requests on: of `--service`, and of a contract. */

import type { Command } from 'commander';
import type { ServiceIds } from '../../base/service-ids.js';
import type { Contract } from '../../contract/contract.js';
import { parseServiceId } from '../arguments.js';
import { UsageError } from '../errors.js';

/** The options of {@link withServiceOption}. */
export interface ServiceOptions {
  readonly service?: readonly ServiceIds[];
}

/**
 * Adds `--service`.
 *
 * @param command the command
 * @returns the same command
 */
export function withServiceOption(command: Command): Command {
  return command.option(
    '--service <request:response>',
    'a service of your own, by its two ids; may be repeated',
    (text: string, before: readonly ServiceIds[] = []) => [...before, parseService(text)],
  );
}

function parseService(text: string): ServiceIds {
  const [request = '', response = '', ...more] = text.split(':');
  if (more.length > 0) throw new UsageError(`--service takes REQUEST:RESPONSE, got ${JSON.stringify(text)}`);
  return [parseServiceId(request), parseServiceId(response)];
}

/** The services of a contract that not every peer has. */
export function servicesOf(contract: Contract | undefined): ServiceIds[] {
  const services = new Map<number, number>();
  for (const { kind, requestSid, responseSid } of Object.values(contract?.entries ?? {}))
    if (kind === 'request') services.set(requestSid, responseSid);
  return [...services];
}
