"""The numbers and names of the stand-in: documented, or from protocol.md section 3."""

SID_AUTH_REQUEST = 0
SID_AUTH_RESPONSE = 1
SID_CHANNEL_NAME_REQUEST = 8
SID_CHANNEL_NAME_RESPONSE = 9
SID_READ_REQUEST = 10
SID_READ_RESPONSE = 11
SID_WRITE_REQUEST = 20
SID_WRITE_RESPONSE = 21
SID_EXECUTE_REQUEST = 30
SID_EXECUTE_RESPONSE = 31

DID_AUTH_SEED = 0
DID_AUTH_KEY = 1
DID_CHANNEL_NAME = 0

STATUS_OKAY = 0
STATUS_BUFFERING_UNHANDLED_REQUEST = 1
STATUS_CALLBACK_ERROR = 2
STATUS_AUTH_REQUIRED = 3
STATUS_SERVICE_OR_DATA_UNKNOWN = 4
STATUS_CHECKSUM_ERROR = 5
STATUS_OPERATION_NOT_PERMITTED = 6

STATUS_LOG_LVL = {0: 20, 1: 30, 2: 40, 3: 30, 4: 40, 5: 40, 6: 30}

AUTH_STATE_UNTRUSTED_CONNECTION = 0
AUTH_STATE_SEED_REQUESTED = 1
AUTH_STATE_SEED_TRANSFERRED = 2
AUTH_STATE_KEY_TRANSFERRED = 3
AUTH_STATE_TRUSTED_CONNECTION = 4

AUTH_STATE__NAMES = {
    0: "Untrusted Connection",
    1: "Seed was requested",
    2: "Seed has been sent",
    3: "Key has been sent",
    4: "Trusted Connection",
}

AUTH_STATE_CONSTANTS = {
    value: name for name, value in list(globals().items()) if name.startswith("AUTH_STATE_") and type(value) is int
}

BUILT_IN_SERVICES = (
    (SID_AUTH_REQUEST, SID_AUTH_RESPONSE, "authentification request", "authentification response"),
    (SID_CHANNEL_NAME_REQUEST, SID_CHANNEL_NAME_RESPONSE, "channel name request", "channel name response"),
    (SID_READ_REQUEST, SID_READ_RESPONSE, "read data request", "read data response"),
    (SID_WRITE_REQUEST, SID_WRITE_RESPONSE, "write data request", "write data response"),
    (SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE, "execute request", "execute response"),
)

BUILT_IN_DATA = (
    (SID_AUTH_REQUEST, SID_AUTH_RESPONSE, DID_AUTH_SEED, "seed"),
    (SID_AUTH_REQUEST, SID_AUTH_RESPONSE, DID_AUTH_KEY, "key"),
    (SID_CHANNEL_NAME_REQUEST, SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, "name"),
)

STATUS_NAMES = {
    STATUS_OKAY: "okay",
    STATUS_BUFFERING_UNHANDLED_REQUEST: "no callback for the request, it was buffered",
    STATUS_CALLBACK_ERROR: "callback error",
    STATUS_AUTH_REQUIRED: "authentification required",
    STATUS_SERVICE_OR_DATA_UNKNOWN: "service or data unknown",
    STATUS_CHECKSUM_ERROR: "checksum error",
    STATUS_OPERATION_NOT_PERMITTED: "operation not permitted",
}
