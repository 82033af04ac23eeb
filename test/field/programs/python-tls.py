"""A client over TLS in Python: its own ssl module below the protocol of test/interop/peer.py, whose folder is the first argument.

    python3 python-tls.py FOLDER PORT AUTHORITY SECRET VERSION

Prints one JSON object: what it got. The server is `localhost`, whatever its address.
"""

import json
import socket
import ssl
import sys

folder, port, authority, secret, version = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path.insert(0, folder)
import peer  # noqa: E402

context = ssl.create_default_context(cafile=authority)
context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
link = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port))), server_hostname="localhost")
received = []
decoder = peer.FrameDecoder(lambda payload: received.append(peer.PureJson.decode(payload)), sys.exit)


def send(service_id, data_id, data=None):
    link.sendall(peer.frame(peer.PureJson.encode(peer.Message(peer.OKAY, service_id, data_id, data))))


def wait_for(service_id, data_id):
    while True:
        for message in received:
            if message[1:3] == (service_id, data_id):
                received.remove(message)
                return message
        chunk = link.recv(65536)
        if not chunk:
            sys.exit("the connection was closed")
        decoder.feed(chunk)


def ask(service_id, data_id, data=None):
    send(service_id, data_id, data)
    return wait_for(peer.RESPONSE_OF[service_id], data_id)


seed = ask(peer.AUTH, peer.SEED).data
trusted = ask(peer.AUTH, peer.KEY, peer.derive_key(seed, secret.encode())).data
read = ask(peer.READ, 0).data
for _ in range(1000):
    send(peer.READ, 0)
reads = sum(wait_for(peer.RESPONSE_OF[peer.READ], 0).data == read for _ in range(1000))
print(json.dumps({"version": link.version(), "trusted": trusted, "read": read, "reads": reads}))
link.close()
