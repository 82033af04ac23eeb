/** The two classes of the original, for code that comes from Python (protocol.md sections 2 and 7). */

import { optionsDoor } from '../base/option-names.js';
import type { CommInstance } from '../transport/comm-instance.js';
import { CODEC_OPTIONS, type Codec, type CodecOptions } from '../wire/codec.js';
import { createPureJson } from '../wire/pure-json.js';
import { createStructJson } from '../wire/struct-json.js';
import { internalsOf, withInternals } from './internals.js';
import { SESSION_OPTIONS } from './option-table.js';
import { type SessionOptions, sessionSettings } from './options.js';
import { Session } from './session.js';

/** Options of a session whose class decides about the codec. */
export type ProtocolOptions = Omit<SessionOptions, 'codec'> & CodecOptions;

/**
 * A session that speaks pure_json: the original's `pure_json_protocol`. Unlike `connect`, it authenticates by itself
 * only where `autoAuth` is true, as the original does.
 *
 * @example
 * ```ts
 * import { PureJsonProtocol, SID_READ_REQUEST, SID_READ_RESPONSE, TcpClientStp } from 'socket-protocol';
 *
 * const protocol = new PureJsonProtocol(new TcpClientStp({ port: 17017 }), { channelName: 'example_client' });
 * await protocol.send(SID_READ_REQUEST, 0);
 * const answer = await protocol.receive(SID_READ_RESPONSE, 0);
 * console.log(answer?.getData());
 * ```
 */
export class PureJsonProtocol extends Session {
  /**
   * @param commInstance the transport
   * @param options see {@link SessionOptions}, and `allowNan` and `maxDepth` of the codec
   * @throws OptionError for a wrong option
   */
  constructor(commInstance: CommInstance, options: ProtocolOptions = {}) {
    admitPureJsonOptions(options);
    super(commInstance, optionsWith(createPureJson, options));
  }
}

/**
 * A session that speaks struct_json, for old peers: the original's `struct_json_protocol`; otherwise as
 * {@link PureJsonProtocol}.
 *
 * @example
 * ```ts
 * import { StructJsonProtocol, TcpServerStp } from 'socket-protocol';
 *
 * const protocol = new StructJsonProtocol(new TcpServerStp({ port: 17017 }));
 * protocol.onRead(0, () => 'hello');
 * ```
 */
export class StructJsonProtocol extends Session {
  /**
   * @param commInstance the transport
   * @param options see {@link SessionOptions}, and `allowNan` and `maxDepth` of the codec
   * @throws OptionError for a wrong option
   */
  constructor(commInstance: CommInstance, options: ProtocolOptions = {}) {
    admitStructJsonOptions(options);
    super(commInstance, optionsWith(createStructJson, options));
  }
}

const { codec: _, ...OTHER_SESSION_OPTIONS } = SESSION_OPTIONS;

function admitOptions(className: string): (options: unknown) => void {
  const call = `new ${className}(transport, { secret: '…' })`;
  return optionsDoor('ProtocolOptions', call, CODEC_OPTIONS, OTHER_SESSION_OPTIONS);
}

const admitPureJsonOptions = admitOptions('PureJsonProtocol');
const admitStructJsonOptions = admitOptions('StructJsonProtocol');

/** The options of the session, checked, with the codec that the class decides about. */
function optionsWith(
  createCodec: (options: CodecOptions) => Codec,
  options: ProtocolOptions,
): SessionOptions {
  const { allowNan, maxDepth } = options;
  const settings = { ...sessionSettings(options), codec: createCodec({ allowNan, maxDepth }) };
  return withInternals({}, { ...internalsOf(options), settings });
}
