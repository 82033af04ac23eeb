/** What the answers of a service have to be, as the schemas of ADR-32 of NATS say it. */

const NAME = { type: 'string', pattern: '^[a-zA-Z0-9_-]+$', minLength: 1 };
const VERSION = {
  type: 'string',
  minLength: 5,
  pattern:
    '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$',
};
const TEXT = { type: 'string', minLength: 1 };
const METADATA = { type: 'object', additionalProperties: { type: 'string' } };
/** More than 2^53 would lose digits on the way. */
const INTEGER = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

function answer(type: string, more: Readonly<Record<string, object>>): object {
  const properties = {
    type: { type: 'string', const: `io.nats.micro.v1.${type}` },
    name: NAME,
    id: TEXT,
    version: VERSION,
    metadata: METADATA,
    ...more,
  };
  return { type: 'object', required: Object.keys(properties), properties, additionalProperties: false };
}

function list(properties: Readonly<Record<string, object>>): object {
  return {
    type: 'array',
    items: { type: 'object', required: Object.keys(properties), properties, additionalProperties: false },
  };
}

const ENDPOINT = { name: NAME, subject: TEXT, queue_group: { type: 'string' } };

/** The schemas by their verbs. */
export const SCHEMAS: Readonly<Record<'PING' | 'INFO' | 'STATS', object>> = {
  PING: answer('ping_response', {}),
  INFO: answer('info_response', {
    description: { type: 'string' },
    endpoints: list({ ...ENDPOINT, metadata: METADATA }),
  }),
  STATS: answer('stats_response', {
    started: { type: 'string', format: 'date-time' },
    endpoints: list({
      ...ENDPOINT,
      num_requests: INTEGER,
      num_errors: INTEGER,
      last_error: { type: 'string' },
      processing_time: INTEGER,
      average_processing_time: INTEGER,
    }),
  }),
};
