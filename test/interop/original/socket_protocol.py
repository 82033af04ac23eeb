"""Stand-in for the Python module `socket_protocol`: its documented public interface.

Written for these tests from documentation.txt, and from protocol.md where that is silent; it is not the original's code.
All time-outs are in seconds, as documented.
"""

import hashlib
import hmac
import logging
import os
import threading
import time
from collections import defaultdict, deque

import _json_codecs as _codecs
from _vocabulary import *

_PENALTIES = (0.1, 0.4)  # seconds before the first and the second wrong key are answered (protocol.md section 4)


class RequestSidExistsError(Exception):
    pass


class ResponseSidExistsError(Exception):
    pass


class data_storage(dict):
    """A message: `status`, `service_id`, `data_id` and `data`, as far as they are known."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

    def get_status(self, default=None):
        return self.get("status", default)

    def get_service_id(self, default=None):
        return self.get("service_id", default)

    def get_data_id(self, default=None):
        return self.get("data_id", default)

    def get_data(self, default=None):
        return self.get("data", default)


class _WaitingMessage:
    """A message that waits for a connection."""

    def __init__(self, service_id, data_id, payload):
        self.service_id, self.data_id, self.payload = service_id, data_id, payload
        self.was_sent = None


class pure_json_protocol:
    """Messages as JSON with a CRC-32 behind it."""

    def __init__(self, comm_instance, secret=None, auto_auth=False, channel_name=None):
        self.__comm_inst__ = comm_instance
        self.__secret__ = secret.encode("utf-8") if isinstance(secret, str) else secret
        self.__auto_auth__ = auto_auth
        self.__role__ = "client" if comm_instance.IS_CLIENT else "server"
        self.__services__ = {}
        self.__service_names__ = {}
        self.__data_names__ = {}
        self.__status_names__ = {}
        self.__whitelist__ = set()
        self.__callbacks__ = {}
        self.__add_what_is_built_in__()
        # one lock for all that follows: the program's threads and the thread of the comm instance meet here
        self.__changed__ = threading.Condition(threading.RLock())
        self.__is_linked__ = False
        self.__waiting_messages__ = []
        self.__receive_buffer__ = defaultdict(deque)
        self.__receivers__ = defaultdict(deque)
        self.__seed__ = None
        self.__wrong_keys__ = 0
        self.__init_channel_name__(channel_name)
        self.__reset_authentification_state__()
        comm_instance.register_callback(self.__data_available__)
        comm_instance.register_connect_callback(self.__connected__)
        comm_instance.register_disconnect_callback(self.__disconnected__)
        self.__log__("Initialisation finished.")
        if comm_instance.is_connected():
            self.__connected__()
            self.__data_available__()

    def __add_what_is_built_in__(self):
        for service in BUILT_IN_SERVICES:
            self.add_service(*service)
        for req_sid, resp_sid, data_id, name in BUILT_IN_DATA:
            self.add_data((req_sid, resp_sid), data_id, name)
            self.__whitelist__ |= {(req_sid, data_id), (resp_sid, data_id)}
        for status, name in STATUS_NAMES.items():
            self.add_status(status, name)

    # -- names and services

    def add_data(self, service_id, data_id, name):
        for each in service_id if isinstance(service_id, (list, tuple)) else (service_id,):
            self.__data_names__[each, data_id] = name

    def add_msg_to_auth_whitelist_(self, service_id, data_id):
        self.__whitelist__.add((service_id, data_id))

    def add_service(self, req_sid, resp_sid, req_name=None, resp_name=None):
        taken = set(self.__services__) | set(self.__services__.values())
        if req_sid in taken:
            raise RequestSidExistsError("request service id %r is taken" % req_sid)
        if resp_sid in taken or resp_sid == req_sid:
            raise ResponseSidExistsError("response service id %r is taken" % resp_sid)
        self.__services__[req_sid] = resp_sid
        for service_id, name in ((req_sid, req_name), (resp_sid, resp_name)):
            if name is not None:
                self.__service_names__[service_id] = name

    def add_status(self, status, name):
        self.__status_names__[status] = name

    def register_callback(self, service_id, data_id, callback, *args, **kwargs):
        self.__callbacks__[service_id, data_id] = (callback, args, kwargs)

    def __find_callback__(self, service_id, data_id):
        for key in ((service_id, data_id), (service_id, None), (None, data_id), (None, None)):
            if key in self.__callbacks__:
                return self.__callbacks__[key]
        return None

    # -- the state

    def is_connected(self):
        return self.__comm_inst__.is_connected()

    def check_authentification_state(self):
        return self.__secret__ is None or self.__auth_state__ == AUTH_STATE_TRUSTED_CONNECTION

    def connection_established(self):
        return self.is_connected() and self.check_authentification_state()

    def reconnect(self):
        self.__comm_inst__.reconnect()

    # -- sending and receiving

    def send(self, service_id, data_id, data, status=STATUS_OKAY, timeout=2):
        message = data_storage(status=status, service_id=service_id, data_id=data_id, data=data)
        payload = self.__encode__(message)
        with self.__changed__:
            self.__log_message__("TX ->", message)
            if self.__is_linked__:
                return self.__send_if_allowed__(service_id, data_id, payload)
            waiting = _WaitingMessage(service_id, data_id, payload)
            self.__waiting_messages__.append(waiting)
            self.__changed__.wait_for(lambda: waiting.was_sent is not None, timeout)
            if waiting.was_sent is None:
                self.__waiting_messages__.remove(waiting)
                self.__log__("No connection in time, message not sent.", logging.WARNING)
            return waiting.was_sent is True

    def receive(self, service_id, data_id, timeout=1):
        key = (service_id, data_id)
        with self.__changed__:
            if self.__receive_buffer__[key]:
                return self.__receive_buffer__[key].popleft()
            receiver = []
            self.__receivers__[key].append(receiver)
            self.__changed__.wait_for(lambda: receiver, timeout)
            if not receiver:
                self.__receivers__[key].remove(receiver)
            return receiver[0] if receiver else None

    def __is_allowed__(self, service_id, data_id):
        return self.check_authentification_state() or (service_id, data_id) in self.__whitelist__

    def __send_if_allowed__(self, service_id, data_id, payload):
        if self.__is_allowed__(service_id, data_id):
            return self.__comm_inst__.send(payload)
        self.__log__("Authentification required, message not sent.", logging.WARNING)
        return False

    def __transmit__(self, service_id, data_id, data, status=STATUS_OKAY):
        """Sends an answer, or a message of the protocol itself."""
        message = data_storage(status=status, service_id=service_id, data_id=data_id, data=data)
        payload = self.__encode__(message)
        self.__log_message__("TX ->", message)
        self.__comm_inst__.send(payload)

    # -- the connection

    def __connected__(self, *_):
        with self.__changed__:
            if self.__is_linked__:
                return
            self.__receive_buffer__.clear()
            self.__wrong_keys__ = 0
            if self.__comm_inst__.IS_CLIENT:
                self.__transmit__(SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME, self.__channel_name__)
                if self.__secret__ is not None and self.__auto_auth__:
                    self.__request_seed__()
            self.__is_linked__ = True
            for waiting in self.__waiting_messages__:
                waiting.was_sent = self.__send_if_allowed__(waiting.service_id, waiting.data_id, waiting.payload)
            self.__waiting_messages__.clear()
            self.__changed__.notify_all()

    def __disconnected__(self, *_):
        with self.__changed__:
            self.__is_linked__ = False
            self.__reset_authentification_state__()

    # -- what comes in

    def __data_available__(self, *_):
        while True:
            payload = self.__comm_inst__.receive()
            if payload is None:
                return
            try:
                message = self.__decode__(payload)
            except _codecs.BadFrame as error:
                self.__log__("Frame dropped: %s" % error, logging.WARNING)
            else:
                self.__log_message__("RX <-", message)
                self.__dispatch__(message)

    def __dispatch__(self, message):
        """protocol.md section 5."""
        service_id, data_id = message["service_id"], message["data_id"]
        response_sid = self.__services__.get(service_id)
        if service_id in (SID_AUTH_REQUEST, SID_AUTH_RESPONSE) and data_id in (DID_AUTH_SEED, DID_AUTH_KEY):
            return self.__authentification_message__(message)
        if (service_id, data_id) == (SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME):
            self.__channel_name_request__(message)
            return self.__tell_of_name__(message)
        if (service_id, data_id) == (SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME):
            self.__channel_name_response__(message)
            return self.__tell_of_name__(message)
        if not self.__is_allowed__(service_id, data_id):
            return self.__reject__(message, response_sid)
        if response_sid is None:
            if self.__find_callback__(service_id, data_id) is None:
                self.__keep__(message)
            else:
                self.__run_callback__(message)
        elif self.__find_callback__(service_id, data_id) is None:
            self.__keep__(message)
            self.__transmit__(response_sid, data_id, None, STATUS_BUFFERING_UNHANDLED_REQUEST)
        else:
            self.__answer__(message, response_sid)

    def __tell_of_name__(self, message):
        """Names come before trust: a callback for any service is not meant for them."""
        service_id, data_id = message["service_id"], message["data_id"]
        if (service_id, data_id) in self.__callbacks__ or (service_id, None) in self.__callbacks__:
            self.__run_callback__(message)

    def __reject__(self, message, response_sid):
        self.__log__("Authentification required, message dropped.", logging.WARNING)
        if response_sid is not None:
            self.__transmit__(response_sid, message["data_id"], None, STATUS_AUTH_REQUIRED)
        elif message.get_status() == STATUS_AUTH_REQUIRED:
            self.__give_to_receiver__(message)

    def __keep__(self, message):
        with self.__changed__:
            if not self.__give_to_receiver__(message):
                self.__receive_buffer__[message["service_id"], message["data_id"]].append(message)

    def __give_to_receiver__(self, message):
        with self.__changed__:
            receivers = self.__receivers__[message["service_id"], message["data_id"]]
            if not receivers:
                return False
            receivers.popleft().append(message)
            self.__changed__.notify_all()
            return True

    def __run_callback__(self, message):
        """Runs the callback of a message, if there is one, and returns what it returns; None where it raises."""
        found = self.__find_callback__(message["service_id"], message["data_id"])
        if found is None:
            return None
        callback, args, kwargs = found
        try:
            return callback(message, *args, **kwargs)
        except Exception as error:
            self.__log__("Callback error: %r" % error, logging.ERROR)
            return None

    def __answer__(self, request, response_sid):
        result = self.__run_callback__(request)
        is_answer = isinstance(result, (tuple, list)) and len(result) == 2 and _codecs.is_id(result[0])
        status, data = result if is_answer else (STATUS_CALLBACK_ERROR, None)
        try:
            self.__transmit__(response_sid, request["data_id"], data, status)
        except (TypeError, ValueError) as error:
            self.__log__("Callback error: %r" % error, logging.ERROR)
            self.__transmit__(response_sid, request["data_id"], None, STATUS_CALLBACK_ERROR)

    # -- the channel name

    def __init_channel_name__(self, channel_name):
        self.__channel_name__ = channel_name
        name = "socket_protocol" if channel_name is None else "socket_protocol." + channel_name
        self.__logger__ = logging.getLogger(name)
        self.__comm_inst__.init_channel_name(channel_name)

    def __channel_name_request__(self, message):
        if self.__comm_inst__.IS_CLIENT:
            return
        name, own_name = message.get_data(), self.__channel_name__
        if not isinstance(name, str):
            return self.__transmit__(SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, own_name)
        if name != own_name:
            if own_name is not None:
                self.__log__("Overwriting channel name %r with the name of the client: %r" % (own_name, name), logging.WARNING)
            self.__init_channel_name__(name)
        self.__transmit__(SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, None)

    def __channel_name_response__(self, message):
        name = message.get_data()
        if self.__comm_inst__.IS_CLIENT and self.__channel_name__ is None and isinstance(name, str):
            self.__init_channel_name__(name)

    # -- the authentification

    def authentificate(self, timeout=2):
        if self.__secret__ is None:
            return False
        if not self.__comm_inst__.IS_CLIENT:  # the client does it
            return self.check_authentification_state()
        deadline = time.monotonic() + timeout
        with self.__changed__:
            if not self.__changed__.wait_for(lambda: self.__is_linked__, timeout):
                return False
            if self.__auth_state__ == AUTH_STATE_UNTRUSTED_CONNECTION:
                self.__request_seed__()
            ends = (AUTH_STATE_UNTRUSTED_CONNECTION, AUTH_STATE_TRUSTED_CONNECTION)
            if not self.__changed__.wait_for(lambda: self.__auth_state__ in ends, deadline - time.monotonic()):
                self.__reset_authentification_state__()
            return self.check_authentification_state()

    def __reset_authentification_state__(self):
        self.__log__("Resetting authentification state to AUTH_STATE_UNTRUSTED_CONNECTION")
        self.__seed__ = None
        self.__auth_state__ = AUTH_STATE_UNTRUSTED_CONNECTION
        with self.__changed__:
            self.__changed__.notify_all()

    def __set_authentification_state__(self, state):
        self.__log__("Changing authentification state to %s" % AUTH_STATE_CONSTANTS[state])
        self.__auth_state__ = state
        self.__changed__.notify_all()

    def __request_seed__(self):
        self.__set_authentification_state__(AUTH_STATE_SEED_REQUESTED)
        self.__transmit__(SID_AUTH_REQUEST, DID_AUTH_SEED, None)

    def __authentification_message__(self, message):
        """Each side reacts only in its own role, and in the state that expects the message."""
        is_request = message["service_id"] == SID_AUTH_REQUEST
        if is_request == self.__comm_inst__.IS_CLIENT:
            return
        with self.__changed__:
            if is_request and self.__secret__ is None:
                self.__transmit__(SID_AUTH_RESPONSE, message["data_id"], None, STATUS_SERVICE_OR_DATA_UNKNOWN)
            elif is_request and message["data_id"] == DID_AUTH_SEED:
                self.__seed__ = os.urandom(32).hex()
                self.__set_authentification_state__(AUTH_STATE_SEED_TRANSFERRED)
                self.__transmit__(SID_AUTH_RESPONSE, DID_AUTH_SEED, self.__seed__)
                return
            elif not is_request:
                self.__authentification_response__(message)
        if is_request and self.__secret__ is not None and message["data_id"] == DID_AUTH_KEY:
            self.__check_key__(message.get_data())

    def __check_key__(self, key):
        seed, self.__seed__ = self.__seed__, None  # a seed serves one key, once
        expected = "" if seed is None else self.__key_for__(seed)
        if seed is not None and isinstance(key, str) and hmac.compare_digest(key.encode(), expected.encode()):
            with self.__changed__:
                self.__set_authentification_state__(AUTH_STATE_TRUSTED_CONNECTION)
                return self.__transmit__(SID_AUTH_RESPONSE, DID_AUTH_KEY, True)
        if seed is not None:
            self.__reset_authentification_state__()
        if self.__wrong_keys__ >= len(_PENALTIES):
            return self.__comm_inst__.reconnect()
        self.__wrong_keys__ += 1
        time.sleep(_PENALTIES[self.__wrong_keys__ - 1])
        self.__transmit__(SID_AUTH_RESPONSE, DID_AUTH_KEY, False)

    def __authentification_response__(self, message):
        state, is_okay, data = self.__auth_state__, message.get_status(STATUS_OKAY) == STATUS_OKAY, message.get_data()
        if message["data_id"] == DID_AUTH_SEED and state == AUTH_STATE_SEED_REQUESTED:
            if is_okay and isinstance(data, str):
                self.__set_authentification_state__(AUTH_STATE_KEY_TRANSFERRED)
                self.__transmit__(SID_AUTH_REQUEST, DID_AUTH_KEY, self.__key_for__(data))
            else:
                self.__reset_authentification_state__()
        elif message["data_id"] == DID_AUTH_KEY and state == AUTH_STATE_KEY_TRANSFERRED:
            if is_okay and data is True:
                self.__set_authentification_state__(AUTH_STATE_TRUSTED_CONNECTION)
            else:
                self.__reset_authentification_state__()

    def __key_for__(self, seed):
        return hashlib.sha512(seed.encode("utf-8") + self.__secret__).hexdigest()

    # -- the log

    def __log__(self, text, level=logging.INFO):
        self.__logger__.log(level, "prot-%s: %s", self.__role__, text)

    def __log_message__(self, arrow, message):
        service_id, data_id, status = message["service_id"], message["data_id"], message.get_status(STATUS_OKAY)
        text = '%s service: %s, data_id: %s, status: %s, data: "%r"' % (
            arrow,
            self.__service_names__.get(service_id, service_id),
            self.__data_names__.get((service_id, data_id), data_id),
            self.__status_names__.get(status, status),
            message.get_data(),
        )
        self.__log__(text, STATUS_LOG_LVL.get(status, logging.WARNING))

    # -- the codec

    def __encode__(self, message):
        return _codecs.encode_pure_json(message)

    def __decode__(self, payload):
        return data_storage(_codecs.decode_pure_json(payload))


class struct_json_protocol(pure_json_protocol):
    """Messages as three numbers, JSON, and the XOR of it all; deprecated."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

    def __encode__(self, message):
        return _codecs.encode_struct_json(message)

    def __decode__(self, payload):
        return data_storage(_codecs.decode_struct_json(payload))
