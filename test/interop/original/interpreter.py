#!/usr/bin/env python3
"""Runs the steps of many small programs on the stand-in, each step when it is told to.

One JSON object per line in both directions. In: {"id", "peer", "call", "args"}. Out: {"id", "value"}, or {"id", "error"}
with the name of the exception's class. The first call of a peer is `create`. Times are in seconds, as in the original.
"""

import json
import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import socket_protocol
import tcp_socket

SYNC = (900, 0)
SYNC_TIMEOUT = 20
NAMES = (socket_protocol.SID_CHANNEL_NAME_REQUEST, socket_protocol.SID_CHANNEL_NAME_RESPONSE)
PROTOCOLS = {
    "pure_json": socket_protocol.pure_json_protocol,
    "struct_json": socket_protocol.struct_json_protocol,
}


class recorded_client(tcp_socket.tcp_client_stp):
    def init_channel_name(self, channel_name=None):
        self.channel_name = channel_name
        super().init_channel_name(channel_name)


class recorded_server(tcp_socket.tcp_server_stp):
    def init_channel_name(self, channel_name=None):
        self.channel_name = channel_name
        super().init_channel_name(channel_name)


class Peer:
    """One side of one program."""

    def __init__(self):
        self.recorded, self.counts, self.released = [], {}, threading.Event()
        self.synced, self.last_sync = threading.Condition(), -1

    # -- the original's interface

    def create(self, setup):
        if setup["role"] == "server":
            self.comm = recorded_server("127.0.0.1", 0)
        else:
            self.comm = recorded_client("127.0.0.1", setup["port"])
        arguments = (setup["secret"], setup["auto_auth"], setup["channel_name"])
        self.protocol = PROTOCOLS[setup["codec"]](self.comm, *arguments)
        self.protocol.register_callback(*SYNC, self.on_sync)
        self.protocol.add_msg_to_auth_whitelist_(*SYNC)
        return self.comm.port if setup["role"] == "server" else None

    def register_callback(self, service_id, data_id, behaviour, *args):
        self.protocol.register_callback(service_id, data_id, self.callback_for(behaviour), *args)

    def send(self, service_id, data_id, data, status, timeout):
        value = object() if data == {"$": "unsendable"} else data
        return self.protocol.send(service_id, data_id, value, status, timeout)

    def receive(self, service_id, data_id, timeout):
        return fields_of(self.protocol.receive(service_id, data_id, timeout))

    def __getattr__(self, name):
        """Whatever else the protocol has: takes and returns JSON."""
        return getattr(self.protocol, name)

    # -- what programs need besides

    def send_raw(self, payload_hex):
        return self.comm.send(bytes.fromhex(payload_hex))

    def channel_name(self):
        return self.comm.channel_name

    def calls(self):
        """The calls of callbacks since it was last asked."""
        recorded, self.recorded = self.recorded, []
        return recorded

    def release(self):
        """Lets the callbacks with the behaviour `hold` return."""
        self.released.set()

    def sync_send(self, number):
        return self.protocol.send(*SYNC, number, timeout=SYNC_TIMEOUT)

    def sync_wait(self, number):
        with self.synced:
            return self.synced.wait_for(lambda: self.last_sync >= number, SYNC_TIMEOUT)

    def on_sync(self, message):
        with self.synced:
            self.last_sync = message.get_data()
            self.synced.notify_all()

    def close(self):
        self.released.set()
        self.comm.close()

    def callback_for(self, behaviour):
        label, do = behaviour["label"], behaviour["do"]

        def callback(message, *args):
            if message.get_service_id() in NAMES and do != "record":
                return None
            status = message.get_status(socket_protocol.STATUS_OKAY)
            ids = [message.get_service_id(), message.get_data_id()]
            self.recorded.append([label, *ids, status, message.get_data(), list(args)])
            return self.behave(behaviour, message, args)

        return callback

    def behave(self, behaviour, message, args):
        do, label = behaviour["do"], behaviour["label"]
        if do == "answer":
            return behaviour["status"], behaviour["data"]
        if do == "echo":
            return [behaviour["status"], message.get_data()]
        if do == "count":
            self.counts[label] = self.counts.get(label, 0) + 1
            return socket_protocol.STATUS_OKAY, self.counts[label]
        if do == "arguments":
            return socket_protocol.STATUS_OKAY, list(args)
        if do == "return":
            return behaviour["value"]
        if do == "unsendable":
            return socket_protocol.STATUS_OKAY, object()
        if do == "raise":
            raise RuntimeError("the callback raises")
        if do == "send":
            self.protocol.send(behaviour["service_id"], behaviour["data_id"], behaviour["data"])
            return socket_protocol.STATUS_OKAY, None
        if do == "hold":
            self.released.wait()
            self.released.clear()
            return behaviour["status"], message.get_data()
        return None


def fields_of(message):
    if message is None:
        return None
    defaults = (message.get_status(socket_protocol.STATUS_OKAY), message.get_service_id(), message.get_data_id())
    return [*defaults, message.get_data()]


peers, output_lock = {}, threading.Lock()


def run(command):
    try:
        name = command["peer"]
        if command["call"] == "create":
            peers[name] = Peer()
        result = {"value": getattr(peers[name], command["call"])(*command["args"])}
    except Exception as error:
        result = {"error": type(error).__name__}
    if command["call"] == "close":
        peers.pop(command["peer"], None)
    line = json.dumps({"id": command["id"], **result})
    with output_lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    logging.getLogger().addHandler(logging.NullHandler())
    tcp_socket.CONNECT_INTERVAL = 0.005  # programs wait for their connections
    with ThreadPoolExecutor(max_workers=256) as pool:
        for line in sys.stdin:
            pool.submit(run, json.loads(line))
        for peer in list(peers.values()):
            peer.close()
