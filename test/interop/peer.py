#!/usr/bin/env python3
"""A Python peer of the socket_protocol wire protocol, driven over stdin and stdout.

    python3 peer.py server|client --host 127.0.0.1 --port N
                    [--struct] [--channel NAME] [--secret TEXT] [--auto-auth]

One JSON object per line in both directions: commands on stdin, events on stdout. Every command carries an
"id" and is answered by one {"event": "result", "id": ..., "ok": true|false, ...}. End of stdin means exit.

Where the protocol leaves the original's behaviour open, this peer does the plain thing: it neither delays nor counts
wrong keys, sets no limit to a frame, and sends what it is told to send, also while the connection is untrusted.
"""

import argparse
import functools
import hashlib
import hmac
import json
import operator
import os
import queue
import socket
import struct
import sys
import threading
import zlib
from collections import defaultdict, deque, namedtuple

AUTH, CHANNEL, READ, WRITE, EXECUTE = 0, 8, 10, 20, 30
RESPONSE_OF = {AUTH: 1, CHANNEL: 9, READ: 11, WRITE: 21, EXECUTE: 31}
SEED, KEY, NAME = 0, 1, 0
OKAY, BUFFERED, AUTH_REQUIRED, UNKNOWN = 0, 1, 3, 4
UNTRUSTED, SEED_REQUESTED, SEED_SENT, KEY_SENT, TRUSTED = range(5)
WHITELIST = {(AUTH, SEED), (AUTH, KEY), (1, SEED), (1, KEY), (CHANNEL, NAME), (9, NAME)}

Message = namedtuple("Message", "status service_id data_id data")


def frame(payload):
    return b":<" + payload.replace(b":", b":=") + b":>"


class FrameDecoder:
    """Finds the frames in a stream that may be cut at any byte."""

    def __init__(self, on_frame, on_bad):
        self.on_frame, self.on_bad = on_frame, on_bad
        self.collected = None  # None between frames
        self.tail = b""
        self.noisy = False

    def feed(self, chunk):
        run, *parts = (self.tail + chunk).split(b":")
        # cut right behind a colon: what it means is known when the next byte is here
        self.tail = b":" if parts and not parts[-1] else b""
        if self.tail:
            parts.pop()
        self._plain(run)
        for part in parts:
            self._after_colon(part[:1])  # empty: another colon
            self._plain(part[1:])

    def _plain(self, run):
        if self.collected is not None:
            self.collected += run
        elif run:
            self._noise()

    def _after_colon(self, byte):
        if byte == b"<":
            if self.collected is not None:
                self.on_bad("frame dropped: restarted")
            self.collected = bytearray()
            self.noisy = False
        elif self.collected is None:
            self._noise()
        elif byte == b"=":
            self.collected += b":"
        else:
            payload, self.collected = bytes(self.collected), None
            if byte == b">":
                self.on_frame(payload)
            else:
                self.on_bad("frame dropped: bad escape")

    def _noise(self):
        # one report for each run of noise, however the stream is cut
        if not self.noisy:
            self.noisy = True
            self.on_bad("noise")


class BadFrame(Exception):
    pass


def parse_json(raw):
    try:
        return json.loads(raw.decode("utf-8"))  # decoded here because json.loads would also guess UTF-16 and UTF-32
    except ValueError as error:
        raise BadFrame("not json: %s" % error)


class PureJson:
    @staticmethod
    def encode(message):
        order = ("data_id", "service_id", "status", "data")
        text = json.dumps({name: getattr(message, name) for name in order}).encode("utf-8")
        return text + struct.pack(">I", zlib.crc32(text))

    @staticmethod
    def decode(payload):
        text, checksum = payload[:-4], payload[-4:]
        if struct.pack(">I", zlib.crc32(text)) != checksum:
            raise BadFrame("checksum error")
        fields = parse_json(text)
        if not isinstance(fields, dict) or not fields.keys() >= {"service_id", "data_id"}:
            raise BadFrame("field missing")
        # without a status it is okay, and without data there is none
        message = Message(**{"status": OKAY, "data": None, **{k: fields[k] for k in Message._fields if k in fields}})
        # type() and not isinstance(), for which True is an integer
        if any(type(number) is not int or number < 0 for number in message[:3]):
            raise BadFrame("wrong type")
        return message


class StructJson:
    @staticmethod
    def encode(message):
        body = struct.pack(">III", *message[:3]) + json.dumps(message.data).encode("utf-8")
        return body + bytes([functools.reduce(operator.xor, body)])

    @staticmethod
    def decode(payload):
        # the checksum byte included, the XOR of everything is zero
        if len(payload) < 13 or functools.reduce(operator.xor, payload) != 0:
            raise BadFrame("checksum error")
        return Message(*struct.unpack(">III", payload[:12]), parse_json(payload[12:-1]))


def derive_key(seed, secret):
    return hashlib.sha512(seed.encode("utf-8", "surrogatepass") + secret).hexdigest()


_output_lock = threading.Lock()


def emit(event, **fields):
    if "data" in fields:
        fields["data_json"] = json.dumps(fields["data"])
    try:
        line = json.dumps(dict(event=event, **fields), allow_nan=False)
    except ValueError:
        # not every reader can parse NaN and the infinities: null in "data", the exact text in "data_json"
        fields["data"] = json.loads(fields["data_json"], parse_constant=lambda token: None)
        line = json.dumps(dict(event=event, **fields))
    with _output_lock:
        try:
            sys.stdout.buffer.write(line.encode("ascii") + b"\n")
            sys.stdout.buffer.flush()
        except OSError:
            os._exit(1)  # nobody reads us any more


def in_thread(function, *args):
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread


class Link:
    """One connection and all that is forgotten with it."""

    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.send_lock = threading.Lock()
        self.closed = threading.Event()
        self.auth_state = UNTRUSTED
        self.seed = None
        self.pending = defaultdict(deque)

    def send_raw(self, raw):
        try:
            with self.send_lock:
                self.sock.sendall(raw)
        except OSError:
            raise ConnectionError("not connected")

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes the reader, which does the rest
        except OSError:
            pass
        self.closed.wait(2)


class Peer:
    """What both roles have in common."""

    def __init__(self, args):
        self.args, self.name, self.secret = args, args.channel, args.secret or None
        self.codec = StructJson if args.struct else PureJson
        self.store = {0: "Sun Feb  2 00:00:44 2025"}
        self.link = None
        self.changed = threading.Condition()  # guards link, auth_state and pending

    def open_link(self, sock):
        self.link = Link(sock)
        emit("connected")
        return self.link

    def run_link(self, link):
        """The reader: everything that is received is handled in this thread, in order."""
        decoder = FrameDecoder(functools.partial(self.on_payload, link),
                               lambda reason: emit("bad_frame", reason=reason))
        try:
            for chunk in iter(lambda: link.sock.recv(65536), b""):
                decoder.feed(chunk)
        except OSError:
            pass
        with self.changed:
            self.link = None
            self.set_auth_state(link, UNTRUSTED)
            for answers in link.pending.values():
                for answer in answers:
                    answer.put(None)
        link.sock.close()
        emit("disconnected")
        link.closed.set()

    def current_link(self):
        link = self.link
        if link is None:
            raise ConnectionError("not connected")
        return link

    def send(self, link, message):
        link.send_raw(frame(self.codec.encode(message)))

    def set_auth_state(self, link, state):
        with self.changed:
            if link.auth_state != state:
                link.auth_state = state
                emit("auth_state", state=state)
                self.changed.notify_all()

    # -- what is received

    def on_payload(self, link, payload):
        try:
            message = self.codec.decode(payload)
            emit("message", **message._asdict())
            self.dispatch(link, message)
        except (BadFrame, RecursionError) as error:
            emit("bad_frame", reason=str(error))

    def dispatch(self, link, message):
        status, service_id, data_id, data = message
        allowed = self.secret is None or link.auth_state == TRUSTED or (service_id, data_id) in WHITELIST
        if service_id in RESPONSE_OF:
            answer = self.answer(link, service_id, data_id, data) if allowed else (AUTH_REQUIRED, None)
            if answer is not None:
                self.send(link, Message(answer[0], RESPONSE_OF[service_id], data_id, answer[1]))
        elif (allowed or status == AUTH_REQUIRED) and not self.on_response(link, message):
            with self.changed:
                answers = link.pending[service_id, data_id]
                if answers:
                    answers.popleft().put(message)

    # -- commands: each returns the fields of its result, or a function that waits for them in a thread of its own

    def perform(self, command):
        cmd = command["cmd"]
        if cmd == "request":
            return self.request(message_of(command), command.get("timeout", 2.0))
        if cmd == "authenticate":
            return self.authenticate(command.get("timeout", 2.0))
        if cmd == "auth_state":
            return {"state": getattr(self.link, "auth_state", UNTRUSTED)}
        if cmd == "send":
            self.send(self.current_link(), message_of(command))
        elif cmd == "send_raw":
            self.current_link().send_raw(bytes.fromhex(command["hex"]))
        elif cmd == "disconnect":
            self.current_link().close()
        elif cmd == "reconnect":
            link = self.link
            if link is not None:
                link.close()
            if isinstance(self, Client):  # a server accepts the next peer anyway
                self.start(command.get("timeout", 2.0))
        elif cmd == "set_data":
            self.store[command["data_id"]] = data_of(command)
        elif cmd != "exit":  # the main thread leaves once that is answered
            raise ValueError("unknown command: %s" % cmd)

    def request(self, message, timeout):
        link, raw, answer = self.current_link(), frame(self.codec.encode(message)), queue.Queue()
        with self.changed:
            answers = link.pending[RESPONSE_OF.get(message.service_id, message.service_id + 1), message.data_id]
            answers.append(answer)  # before sending: the answer may be faster
        link.send_raw(raw)

        def wait():
            try:
                response = answer.get(timeout=timeout)
            except queue.Empty:
                with self.changed:
                    if answer in answers:
                        answers.remove(answer)
                return {"ok": False, "error": "timeout"}
            if response is None:
                raise ConnectionError("not connected")
            return {"status": response.status, "data": response.data}
        return wait


class Server(Peer):
    def start(self):
        family = socket.AF_INET6 if ":" in self.args.host else socket.AF_INET
        listener = socket.create_server((self.args.host, self.args.port), family=family)
        emit("listening", port=listener.getsockname()[1])
        in_thread(self.accept_forever, listener)

    def accept_forever(self, listener):
        while True:
            try:
                link = self.open_link(listener.accept()[0])
            except OSError:
                continue  # the peer was gone before it was accepted
            self.run_link(link)  # one at a time: the next one waits in the backlog

    def authenticate(self, timeout):
        raise ValueError("only a client authenticates")

    def answer(self, link, service_id, data_id, data):
        if service_id == AUTH and data_id in (SEED, KEY):
            return self.answer_authentication(link, data_id, data)
        if (service_id, data_id) == (CHANNEL, NAME):
            if not isinstance(data, str):
                return OKAY, self.name
            self.name = data
            emit("channel_name", name=data)
            return OKAY, None
        if service_id == READ:
            return (OKAY, self.store[data_id]) if data_id in self.store else (UNKNOWN, None)
        if service_id == WRITE:
            self.store[data_id] = data
            return OKAY, None
        return (OKAY, data) if service_id == EXECUTE else (BUFFERED, None)

    def on_response(self, link, message):
        return False

    def answer_authentication(self, link, data_id, data):
        if self.secret is None:
            return UNKNOWN, None
        if data_id == SEED:
            link.seed = os.urandom(32).hex()
            self.set_auth_state(link, SEED_SENT)
            return OKAY, link.seed
        if link.seed is None:
            return OKAY, False
        expected, link.seed = derive_key(link.seed, self.secret), None  # a seed serves one key
        given = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else b""
        trusted = hmac.compare_digest(given, expected.encode())
        self.set_auth_state(link, TRUSTED if trusted else UNTRUSTED)
        return OKAY, trusted


class Client(Peer):
    def start(self, timeout=2.0):
        sock = socket.create_connection((self.args.host, self.args.port), timeout)
        sock.settimeout(None)
        link = self.open_link(sock)
        in_thread(self.run_link, link)
        self.send(link, Message(OKAY, CHANNEL, NAME, self.name))
        if self.secret is not None and self.args.auto_auth:
            in_thread(self.authenticate(2.0))

    def authenticate(self, timeout):
        """Starts an authentication, or joins the one under way, and returns the function that waits for its end."""
        if self.secret is None:
            raise ValueError("no secret")
        with self.changed:
            link = self.current_link()
            start = link.auth_state == UNTRUSTED
            if start:
                self.set_auth_state(link, SEED_REQUESTED)
        if start:
            self.send(link, Message(OKAY, AUTH, SEED, None))

        def wait():
            with self.changed:
                self.changed.wait_for(lambda: link.auth_state in (UNTRUSTED, TRUSTED), timeout)
                if link.auth_state != TRUSTED:
                    self.set_auth_state(link, UNTRUSTED)  # given up: a late answer finds nobody
                return {"trusted": link.auth_state == TRUSTED}
        return wait

    def answer(self, link, service_id, data_id, data):
        # a client answers no authentication request; no callback: the "message" event is the buffer
        return None if service_id == AUTH else (BUFFERED, None)

    def on_response(self, link, message):
        """True where the message belongs to an authentication under way, and to no "request" command."""
        status, service_id, data_id, data = message
        if (service_id, data_id) == (9, NAME) and self.name is None and isinstance(data, str):
            self.name = data
            emit("channel_name", name=data)
        with self.changed:
            is_seed = (service_id, data_id, link.auth_state) == (1, SEED, SEED_REQUESTED)
            is_verdict = (service_id, data_id, link.auth_state) == (1, KEY, KEY_SENT)
            send_key = is_seed and status == OKAY and isinstance(data, str)
            if is_seed:
                self.set_auth_state(link, KEY_SENT if send_key else UNTRUSTED)
            elif is_verdict:
                self.set_auth_state(link, TRUSTED if status == OKAY and data is True else UNTRUSTED)
        if send_key:
            self.send(link, Message(OKAY, AUTH, KEY, derive_key(data, self.secret)))
        return is_seed or is_verdict


def data_of(command):
    """"data_json" is JSON text as Python reads it, for what the command itself cannot carry: NaN, big integers."""
    return json.loads(command["data_json"]) if "data_json" in command else command.get("data")


def message_of(command):
    return Message(command.get("status", OKAY), command["service_id"], command["data_id"], data_of(command))


def report(command_id, function, *args):
    """Runs a command, or the waiting half of one, and emits its result."""
    try:
        result = function(*args)
    except Exception as error:
        result = {"ok": False, "error": str(error) or type(error).__name__}
    if callable(result):
        in_thread(report, command_id, result)
    else:
        emit("result", id=command_id, **{"ok": True, **(result or {})})


def work(peer, commands):
    try:
        peer.start()
    except OSError as error:
        emit("start_failed", error=str(error))
    for command in iter(commands.get, None):
        report(command.get("id"), peer.perform, command)


def main():
    parser = argparse.ArgumentParser(description="A Python peer of the socket_protocol wire protocol.")
    parser.add_argument("role", choices=["server", "client"])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--struct", action="store_true")
    parser.add_argument("--channel")
    parser.add_argument("--secret", type=os.fsencode)  # the bytes as given, whatever the locale
    parser.add_argument("--auto-auth", action="store_true")
    args = parser.parse_args()
    peer = (Server if args.role == "server" else Client)(args)

    # commands run in their own thread, so that the end of stdin is noticed even while one is stuck in a send
    commands = queue.Queue()
    worker = in_thread(work, peer, commands)
    for line in sys.stdin.buffer:
        try:
            command = json.loads(line)
            is_exit = command["cmd"] == "exit"
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            emit("result", id=None, ok=False, error="no command: %r" % error)
            continue
        commands.put(command)
        if is_exit:
            break
    commands.put(None)
    worker.join(1)
    os._exit(0)  # not sys.exit(), which waits for locks that a stuck thread may hold


if __name__ == "__main__":
    main()
