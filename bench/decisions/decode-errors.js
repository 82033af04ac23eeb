/** docs/decisions/decode-errors.md: a payload that is no message, with a stack trace for its error and without. */

import { compiled, nsPerCall, print, variant } from './measure.js';

const folder = variant('stack-traces', 'src/wire/codec.js', 'Error.stackTraceLimit = 0;', '');
const { Message } = await import(compiled('src/protocol/message.js'));
const ours = await import(compiled('src/wire/index.js'));
const traced = await import(`${folder}/src/wire/index.js`);

const payload = Buffer.from(ours.pureJson.encode(new Message({ serviceId: 10, dataId: 0 })));
payload[payload.length - 1] ^= 1;

/** As deep as the decoder of a socket is, so that a trace has something to show. */
function refuse({ pureJson }, depth) {
  if (depth > 0) return refuse({ pureJson }, depth - 1);
  try {
    return pureJson.decode(payload);
  } catch (error) {
    return error;
  }
}

print('To refuse a payload with a wrong checksum', [
  nsPerCall({ 'without a trace, ns': () => refuse(ours, 8), 'with a trace, ns': () => refuse(traced, 8) }),
]);
