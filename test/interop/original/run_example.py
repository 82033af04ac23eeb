#!/usr/bin/env python3
"""Runs a documented example, unchanged, on the stand-in.

    python3 run_example.py client|server --port N [--struct] [--time TEXT]

What is arranged around it: a port of its own, so that runs do not meet (a server on port 0 says "port N" on stderr), the
other codec, a fixed time, and more patience than documented, for a busy machine. The port is said when the example begins to
wait for a connection: before that it has no callbacks yet, and would answer that it has none.
"""

import argparse
import pathlib
import runpy
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
PATIENCE = 5

sys.path[:0] = [str(HERE), str(HERE / "examples")]
import socket_protocol
import tcp_socket

parser = argparse.ArgumentParser()
parser.add_argument("role", choices=("client", "server"))
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--struct", action="store_true")
parser.add_argument("--time")
args = parser.parse_args()


class client_on_another_port(tcp_socket.tcp_client_stp):
    def __init__(self, host, port):
        super().__init__(host, args.port)


class server_on_another_port(tcp_socket.tcp_server_stp):
    """A client that comes and goes between two looks is seen all the same: ours is faster than the example looks."""

    was_missed = False

    def __init__(self, host, port):
        super().__init__(host, args.port)
        unsaid_ports.append(self.port)

    def is_connected(self):
        was_missed, self.was_missed = self.was_missed, False
        return was_missed or super().is_connected()

    def register_connect_callback(self, callback):
        def connected():
            self.was_missed = True
            callback()
            changed.set()

        super().register_connect_callback(connected)

    def register_disconnect_callback(self, callback):
        def disconnected():
            callback()
            changed.set()

        super().register_disconnect_callback(disconnected)


unsaid_ports = []
changed = threading.Event()


def sleep(seconds):
    if unsaid_ports:
        print("port %d" % unsaid_ports.pop(), file=sys.stderr, flush=True)
    if changed.wait(PATIENCE * seconds):
        changed.clear()



tcp_socket.tcp_client_stp, tcp_socket.tcp_server_stp = client_on_another_port, server_on_another_port
for method in (socket_protocol.pure_json_protocol.send, socket_protocol.pure_json_protocol.receive):
    *defaults, timeout = method.__defaults__
    method.__defaults__ = (*defaults, PATIENCE * timeout)
if args.struct:
    socket_protocol.pure_json_protocol = socket_protocol.struct_json_protocol
if args.time is not None:
    time.asctime = lambda: args.time
time.sleep = sleep

runpy.run_path(str(HERE / "examples" / ("socket_protocol_%s.py" % args.role)), run_name="__main__")
