/** The two classes of the original, for code that comes from Python (protocol.md sections 2 and 7). */

import { optionsDoor } from '../base/option-names.js';
import { describeKind } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import type { CommInstance } from '../transport/comm-instance.js';
import type { OriginalCommInstance } from '../transport/foreign-comm.js';
import { CODEC_OPTIONS, type Codec, type CodecOptions } from '../wire/codec.js';
import { createPureJson } from '../wire/pure-json.js';
import { createStructJson } from '../wire/struct-json.js';
import { internalsOf, withInternals } from './internals.js';
import { SESSION_OPTIONS } from './option-table.js';
import { type SessionOptions, sessionSettings } from './options.js';
import { Session } from './session.js';

/** Options of a session whose class decides about the codec. */
export type ProtocolOptions = Omit<SessionOptions, 'codec'> & CodecOptions;

/** What the original's classes take after the transport: options, or the secret, the switch and the name in this order. */
export type ProtocolArguments = [
  optionsOrSecret?: ProtocolOptions | string | Uint8Array | null,
  autoAuth?: boolean,
  channelName?: string | null,
];

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
   * @param options see {@link SessionOptions}, and `allowNan` and `maxDepth` of the codec; or, as in Python, the secret,
   *   `autoAuth` and the channel's name
   * @throws OptionError for a wrong option
   */
  constructor(commInstance: CommInstance | OriginalCommInstance, ...options: ProtocolArguments) {
    const checked = optionsOf(options);
    admitPureJsonOptions(checked);
    super(commInstance, optionsWith(createPureJson, checked));
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
   * @param options see {@link SessionOptions}, and `allowNan` and `maxDepth` of the codec; or, as in Python, the secret,
   *   `autoAuth` and the channel's name
   * @throws OptionError for a wrong option
   */
  constructor(commInstance: CommInstance | OriginalCommInstance, ...options: ProtocolArguments) {
    const checked = optionsOf(options);
    admitStructJsonOptions(checked);
    super(commInstance, optionsWith(createStructJson, checked));
  }
}

/** The options, also where they come one by one. */
function optionsOf(args: ProtocolArguments): ProtocolOptions {
  const [first, autoAuth, channelName, ...more] = args as readonly unknown[];
  if (more.length > 0)
    throw new OptionError(
      'arguments',
      'a transport, a secret, autoAuth and a channel name',
      `${args.length + 1} of them`,
    );
  const isOneByOne =
    args.length > 1 || first === null || typeof first === 'string' || ArrayBuffer.isView(first);
  if (!isOneByOne) return (first ?? {}) as ProtocolOptions;
  if (typeof first === 'object' && first !== null && !ArrayBuffer.isView(first))
    throw new OptionError(
      'autoAuth',
      'to be one of the options, which come first and alone',
      describeKind(autoAuth),
    );
  return { secret: first, autoAuth, channelName } as ProtocolOptions;
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
