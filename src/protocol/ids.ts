/**
 * The numbers of the protocol, under the names that the Python original gives them (protocol.md section 3).
 * Nothing here has behaviour; everything that has refers to these names.
 */

/** Service id of an authentication request. */
export const SID_AUTH_REQUEST = 0;
/** Service id of an authentication response. */
export const SID_AUTH_RESPONSE = 1;
/** Service id of a channel-name request. */
export const SID_CHANNEL_NAME_REQUEST = 8;
/** Service id of a channel-name response. */
export const SID_CHANNEL_NAME_RESPONSE = 9;
/** Service id of a read data request. */
export const SID_READ_REQUEST = 10;
/** Service id of a read data response. */
export const SID_READ_RESPONSE = 11;
/** Service id of a write data request. */
export const SID_WRITE_REQUEST = 20;
/** Service id of a write data response. */
export const SID_WRITE_RESPONSE = 21;
/** Service id of an execute request. */
export const SID_EXECUTE_REQUEST = 30;
/** Service id of an execute response. */
export const SID_EXECUTE_RESPONSE = 31;

/** Data id of the seed of an authentication. */
export const DID_AUTH_SEED = 0;
/** Data id of the key of an authentication. */
export const DID_AUTH_KEY = 1;
/** Data id of the channel name. */
export const DID_CHANNEL_NAME = 0;

/** The request was answered. */
export const STATUS_OKAY = 0;
/** Nobody handles the request; the peer keeps it in its receive buffer. */
export const STATUS_BUFFERING_UNHANDLED_REQUEST = 1;
/** The callback of the peer failed. */
export const STATUS_CALLBACK_ERROR = 2;
/** The peer answers only after an authentication. */
export const STATUS_AUTH_REQUIRED = 3;
/** The peer knows no such service or data. */
export const STATUS_SERVICE_OR_DATA_UNKNOWN = 4;
/** The checksum of the request was wrong. */
export const STATUS_CHECKSUM_ERROR = 5;
/** The peer does not permit the operation. */
export const STATUS_OPERATION_NOT_PERMITTED = 6;

/** The log level of each status, on the scale of Python's logging: 20 info, 30 warning, 40 error. */
export const STATUS_LOG_LVL: Readonly<Record<number, number>> = Object.freeze({
  [STATUS_OKAY]: 20,
  [STATUS_BUFFERING_UNHANDLED_REQUEST]: 30,
  [STATUS_CALLBACK_ERROR]: 40,
  [STATUS_AUTH_REQUIRED]: 30,
  [STATUS_SERVICE_OR_DATA_UNKNOWN]: 40,
  [STATUS_CHECKSUM_ERROR]: 40,
  [STATUS_OPERATION_NOT_PERMITTED]: 30,
});

/** The name of each status, as logs show it. */
export const STATUS__NAMES: Readonly<Record<number, string>> = Object.freeze({
  [STATUS_OKAY]: 'okay',
  [STATUS_BUFFERING_UNHANDLED_REQUEST]: 'no callback for the request, it was buffered',
  [STATUS_CALLBACK_ERROR]: 'callback error',
  [STATUS_AUTH_REQUIRED]: 'authentification required',
  [STATUS_SERVICE_OR_DATA_UNKNOWN]: 'service or data unknown',
  [STATUS_CHECKSUM_ERROR]: 'checksum error',
  [STATUS_OPERATION_NOT_PERMITTED]: 'operation not permitted',
});

/** The name of each built-in service, as logs show it. */
export const SID__NAMES: Readonly<Record<number, string>> = Object.freeze({
  [SID_AUTH_REQUEST]: 'authentification request',
  [SID_AUTH_RESPONSE]: 'authentification response',
  [SID_CHANNEL_NAME_REQUEST]: 'channel name request',
  [SID_CHANNEL_NAME_RESPONSE]: 'channel name response',
  [SID_READ_REQUEST]: 'read data request',
  [SID_READ_RESPONSE]: 'read data response',
  [SID_WRITE_REQUEST]: 'write data request',
  [SID_WRITE_RESPONSE]: 'write data response',
  [SID_EXECUTE_REQUEST]: 'execute request',
  [SID_EXECUTE_RESPONSE]: 'execute response',
});

/** Nobody has proven to hold the secret. */
export const AUTH_STATE_UNTRUSTED_CONNECTION = 0;
/** This client has asked for a seed. */
export const AUTH_STATE_SEED_REQUESTED = 1;
/** This server has sent a seed and waits for the key. */
export const AUTH_STATE_SEED_TRANSFERRED = 2;
/** This client has sent the key and waits for the verdict. */
export const AUTH_STATE_KEY_TRANSFERRED = 3;
/** The key was right: the connection is trusted. */
export const AUTH_STATE_TRUSTED_CONNECTION = 4;

/** The name of each authentication state, in the words of the original. */
export const AUTH_STATE__NAMES: Readonly<Record<number, string>> = Object.freeze({
  [AUTH_STATE_UNTRUSTED_CONNECTION]: 'Untrusted Connection',
  [AUTH_STATE_SEED_REQUESTED]: 'Seed was requested',
  [AUTH_STATE_SEED_TRANSFERRED]: 'Seed has been sent',
  [AUTH_STATE_KEY_TRANSFERRED]: 'Key has been sent',
  [AUTH_STATE_TRUSTED_CONNECTION]: 'Trusted Connection',
});
