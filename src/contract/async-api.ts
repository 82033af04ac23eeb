/** A contract as an AsyncAPI 3.0 document, from the side that answers. */

import type { ContractDescription, JsonObject } from './describe.js';
import type { ContractEntry } from './entries.js';

/**
 * The document.
 *
 * A channel stands for the messages of one service id and one data id. Its address is `SERVICE/DATA`: AsyncAPI has no binding
 * for this protocol, so the numbers are also given under `x-socket-protocol`.
 *
 * @param info title and version
 * @param schemas what the messages carry, `led.input` and `led.output`
 */
export function asyncApiOf(
  entries: readonly (readonly [name: string, entry: ContractEntry])[],
  info: JsonObject,
  schemas: JsonObject,
): ContractDescription['asyncApi'] {
  const channels: Record<string, JsonObject> = {};
  const operations: Record<string, JsonObject> = {};
  const messages: Record<string, unknown> = {};
  for (const [name, { kind, requestSid, responseSid, dataId }] of entries) {
    const ids = { kind, requestSid, responseSid, dataId };
    const [asked, answered] = [`${name}.request`, `${name}.answer`];
    channels[asked] = channelOf(asked, requestSid, dataId);
    channels[answered] = channelOf(answered, responseSid, dataId);
    messages[asked] = messageOf(asked, `${name}.input`);
    messages[answered] = messageOf(answered, `${name}.output`);
    operations[name] = {
      action: 'receive',
      channel: { $ref: `#/channels/${asked}` },
      messages: [{ $ref: `#/channels/${asked}/messages/${asked}` }],
      reply: {
        channel: { $ref: `#/channels/${answered}` },
        messages: [{ $ref: `#/channels/${answered}/messages/${answered}` }],
      },
      'x-socket-protocol': ids,
    };
  }
  return {
    asyncapi: '3.0.0',
    info,
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages, schemas },
  };
}

function channelOf(message: string, serviceId: number, dataId: number): JsonObject {
  return {
    address: `${serviceId}/${dataId}`,
    messages: { [message]: { $ref: `#/components/messages/${message}` } },
  };
}

function messageOf(name: string, schema: string): JsonObject {
  return { name, payload: { $ref: `#/components/schemas/${schema}` } };
}
