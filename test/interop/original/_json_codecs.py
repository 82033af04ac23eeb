"""The two codecs of the stand-in: protocol.md section 2, and rule 2 of section 5."""

import functools
import json
import operator
import struct
import zlib

FIELDS = ("data_id", "service_id", "status", "data")  # in the order in which the original writes them


class BadFrame(Exception):
    pass


def is_id(value):
    return type(value) is int and value >= 0  # not isinstance, for which True is an integer


def encode_pure_json(message):
    text = json.dumps({name: message[name] for name in FIELDS}).encode("utf-8")
    return text + struct.pack(">I", zlib.crc32(text))


def decode_pure_json(payload):
    text, checksum = payload[:-4], payload[-4:]
    if struct.pack(">I", zlib.crc32(text)) != checksum:
        raise BadFrame("checksum error")
    fields = _parse(text)
    if not isinstance(fields, dict) or not is_id(fields.get("service_id")) or not is_id(fields.get("data_id")):
        raise BadFrame("not a message")
    if "status" in fields and not is_id(fields["status"]):
        raise BadFrame("not a status")
    return {name: fields[name] for name in FIELDS if name in fields}


def encode_struct_json(message):
    body = struct.pack(">III", message["status"], message["service_id"], message["data_id"])
    body += json.dumps(message["data"]).encode("utf-8")
    return body + bytes([_xor(body)])


def decode_struct_json(payload):
    if len(payload) < 13 or _xor(payload) != 0:  # with the checksum, the XOR of everything is zero
        raise BadFrame("checksum error")
    status, service_id, data_id = struct.unpack(">III", payload[:12])
    return {"status": status, "service_id": service_id, "data_id": data_id, "data": _parse(payload[12:-1])}


def _xor(body):
    return functools.reduce(operator.xor, body)


def _parse(text):
    try:
        return json.loads(text.decode("utf-8"))
    except ValueError as error:
        raise BadFrame("not JSON: %s" % error)
