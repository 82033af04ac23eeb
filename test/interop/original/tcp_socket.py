"""Stand-in for the module `tcp_socket`, as far as `socket_protocol` and its documented examples use it.

Written for these tests from the documentation and protocol.md section 1; it is not the original's code. What the
documentation does not have is marked "ours".

A comm instance has one thread, which connects, receives and runs the callbacks. In the documented log nothing is received
before everything is sent that waited for the connection: so the connect callback has returned before the first read.
"""

import atexit
import logging
import socket
import threading
import weakref
from collections import deque

CONNECT_INTERVAL = 0.05  # seconds before each attempt to connect, as between the lines of the documented log


def _hex(payload):
    return '"(%d): %s"' % (len(payload), payload.hex(" "))


class _FrameDecoder:
    """Finds the frames in a stream that may be cut at any byte: the table of protocol.md section 1."""

    def __init__(self):
        self._state, self._collected = "idle", bytearray()

    def feed(self, chunk):
        """Returns the payloads that end in this chunk."""
        payloads = []
        for byte in chunk:
            if self._state == "idle":
                self._state = "sync" if byte == 0x3A else "idle"
            elif self._state == "sync":
                if byte == 0x3C:
                    self._begin()
                elif byte != 0x3A:
                    self._state = "idle"
            elif self._state == "collecting":
                if byte == 0x3A:
                    self._state = "escape"
                else:
                    self._collected.append(byte)
            elif byte == 0x3D:
                self._collected.append(0x3A)
                self._state = "collecting"
            elif byte == 0x3C:
                self._begin()
            elif byte == 0x3E:
                payloads.append(bytes(self._collected))
                self._state = "idle"
            else:
                self._state = "sync" if byte == 0x3A else "idle"
        return payloads

    def _begin(self):
        self._state, self._collected = "collecting", bytearray()


class _Link:
    """One connection."""

    def __init__(self, sock, address):
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.address = sock, address
        self.send_lock = threading.Lock()
        self.is_over = threading.Event()

    def shut(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads
        except OSError:
            pass


_instances = weakref.WeakSet()


@atexit.register
def _wait_for_threads():
    """The interpreter must not end while a thread is in the middle of a log line."""
    for instance in list(_instances):
        instance._busy.acquire(timeout=0.2)


class _tcp_stp:
    """What the client and the server have in common."""

    IS_CLIENT = None
    _ROLE = _DIRECTION = None

    def __init__(self, host, port):
        self._host, self._port = host, port
        self._logger = logging.getLogger("tcp_socket")
        self._link = None
        self._payloads = deque()
        self._is_closed = threading.Event()
        self._busy = threading.Lock()  # held while the thread logs or calls back
        _instances.add(self)
        self._data_callback = self._connect_callback = self._disconnect_callback = lambda *args: None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    # -- the documented interface of a comm instance

    def init_channel_name(self, channel_name=None):
        self._logger = logging.getLogger("tcp_socket" if channel_name is None else "tcp_socket." + channel_name)

    def is_connected(self):
        return self._link is not None

    def reconnect(self):
        """Ends the connection; the thread makes or accepts another."""
        link = self._link
        if link is not None:
            link.shut()
            if threading.current_thread() is not self._thread:
                link.is_over.wait(5)

    def register_callback(self, callback):
        """The callback gets this instance and then calls `receive`."""
        self._data_callback = callback

    def register_connect_callback(self, callback):
        self._connect_callback = callback

    def register_disconnect_callback(self, callback):
        self._disconnect_callback = callback

    def receive(self):
        """The oldest payload that was received and not yet taken, or None."""
        return self._payloads.popleft() if self._payloads else None

    def send(self, payload):
        """True if the payload was sent, otherwise False."""
        link = self._link
        if link is None:
            return False
        try:
            with link.send_lock:
                self._log("TX -> " + _hex(payload))
                link.sock.sendall(b":<" + payload.replace(b":", b":=") + b":>")
            return True
        except OSError:
            return False

    # -- ours

    def close(self):
        """Ends the connection and the thread."""
        self._is_closed.set()
        self.reconnect()

    def _log(self, text):
        self._logger.info("comm-%s: %s", self._ROLE, text)

    # -- the thread

    def _run(self):
        while not self._is_closed.is_set():
            opened = self._open()
            if opened is not None:
                self._serve(_Link(*opened))

    def _serve(self, link):
        with self._busy:
            self._payloads.clear()
            self._link = link
            self._log("Connection established... (%s %s:%s)" % (self._DIRECTION, *link.address[:2]))
            self._connect_callback()
        decoder = _FrameDecoder()
        try:
            for chunk in iter(lambda: link.sock.recv(65536), b""):
                for payload in decoder.feed(chunk):
                    with self._busy:
                        self._log("RX  <- " + _hex(payload))
                        self._payloads.append(payload)
                        self._data_callback(self)
        except OSError:
            pass
        with self._busy:
            self._link = None
            self._log("Connection lost...")
            self._disconnect_callback()
        link.sock.close()
        link.is_over.set()


class tcp_client_stp(_tcp_stp):
    """Connects to a server, again and again; host '' is this machine."""

    IS_CLIENT = True
    _ROLE, _DIRECTION = "client", "to"

    def _open(self):
        if self._is_closed.wait(CONNECT_INTERVAL):
            return None
        try:
            address = (self._host or "127.0.0.1", self._port)
            sock = socket.create_connection(address, timeout=10)
        except OSError:
            return None
        return sock, sock.getpeername()


class tcp_server_stp(_tcp_stp):
    """Serves one client at a time; host '' is all interfaces."""

    IS_CLIENT = False
    _ROLE, _DIRECTION = "server", "from"

    def __init__(self, host, port):
        self._listener = socket.create_server((host, port))
        self.port = self._listener.getsockname()[1]  # ours: where port 0 leaves the choice to the system
        super().__init__(host, port)

    def close(self):
        super().close()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _open(self):
        try:
            return self._listener.accept()
        except OSError:
            return None
