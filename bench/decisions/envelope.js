/** docs/decisions/envelope.md: a message in the usual form, written and read by hand, and by way of the JSON reader. */

import CRC32 from 'crc-32';
import { compiled, nsPerCall, print } from './measure.js';

const { pureJson } = await import(compiled('src/wire/index.js'));
const { Message } = await import(compiled('src/protocol/message.js'));

const DATA = { null: null, '24 characters': 'x'.repeat(24), '1 KiB': 'x'.repeat(1_024) };

/** A payload without knowledge of the form: one object, one call of JSON. */
function encodeAsObject(fields) {
  const text = Buffer.from(JSON.stringify(fields));
  const payload = Buffer.allocUnsafe(text.length + 4);
  text.copy(payload);
  payload.writeInt32BE(CRC32.buf(text, 0), text.length);
  return payload;
}

const rows = Object.entries(DATA).map(([data, value]) => {
  const message = new Message({ serviceId: 11, dataId: 0, data: value });
  const usual = pureJson.encode(message);
  const fields = { status: 0, data_id: 0, service_id: 11, data: value };
  // no peer writes this order, so the reader of the usual form gives it to the JSON reader
  const other = encodeAsObject(fields);
  return {
    data,
    ...nsPerCall({
      'write, ns': () => pureJson.encode(message),
      'write as an object, ns': () => encodeAsObject(fields),
      'read, ns': () => pureJson.decode(usual),
      'read as an object, ns': () => pureJson.decode(other),
    }),
  };
});
print('One message', rows);
