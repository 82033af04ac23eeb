#!/usr/bin/env python3
"""The other opinion of the differential test (A5): frames, payloads and JSON as CPython's own library has them.

Works through batches on standard input: a line with a number, then so many lines with one case each. Every case is
answered by one line on standard output. A line is a command and its arguments, bytes as hex digits:

    ours STREAM                  what a stream of a pure_json and a struct_json frame says: two messages
    make SEED                    a message of this seed: the stream of its two frames, then the message; after "bad "
                                 where the text is no UTF-8 and nobody may read it
    text TEXT                    the value of a JSON text, or "refused"
    pack STATUS SERVICE DATA TEXT  the payloads and frames of a message with this JSON text as its data

What cannot be answered is answered by "! " and the reason. Values travel in a form that knows no JSON: `n t f` for null,
true and false, `i` and decimal digits for an integer, `d` and the hex digits of a double that is none (`z` for -0.0,
`dnan` for NaN), `s` and the UTF-16 of a string, `[a,b]`, and `{key=a,key=b}` sorted by key.
"""

import functools
import json
import math
import operator
import random
import struct
import sys
import zlib

MAX_SAFE = 2**53 - 1
ENVELOPE = ("data_id", "service_id", "status", "data")


def utf16(text):
    return text.encode("utf-16-le", "surrogatepass").hex()


def canonical(value):
    if value is None:
        return "n"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, int):
        return "i%d" % value
    if isinstance(value, float):
        return canonical_float(value)
    if isinstance(value, str):
        return "s" + utf16(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    members = sorted((utf16(key), canonical(member)) for key, member in value.items())
    return "{" + ",".join("%s=%s" % each for each in members) + "}"


def canonical_float(value):
    if math.isnan(value):
        return "dnan"
    if value == 0 and math.copysign(1, value) < 0:
        return "z"
    if value.is_integer() and abs(value) <= MAX_SAFE:
        return "i%d" % value  # JavaScript's 1.0 is 1
    return "d" + struct.pack(">d", value).hex()


def message_form(status, service_id, data_id, data):
    return "%d,%d,%d;%s" % (status, service_id, data_id, canonical(data))


# frames and payloads


def encode_stp(payload):
    return b":<" + payload.replace(b":", b":=") + b":>"


def decode_stp(stream):
    """The payloads of a stream in which nothing is wrong."""
    payloads = []
    while stream:
        end = stream.find(b":>")
        if not stream.startswith(b":<") or end < 0:
            raise ValueError("the stream is not frames and nothing else")
        body = stream[2:end]
        if body.count(b":") != body.count(b":="):
            raise ValueError("a colon in a frame is not escaped")
        payloads.append(body.replace(b":=", b":"))
        stream = stream[end + 2 :]
    return payloads


def seal_pure(text):
    return text + struct.pack(">I", zlib.crc32(text))


def seal_struct(status, service_id, data_id, text):
    body = struct.pack(">III", status, service_id, data_id) + text
    return body + bytes([functools.reduce(operator.xor, body)])


def read_pure(payload):
    text = payload[:-4]
    if struct.pack(">I", zlib.crc32(text)) != payload[-4:]:
        raise ValueError("the CRC-32 is wrong")
    text = text.decode("utf-8")
    message = json.loads(text)
    if tuple(message) != ENVELOPE:
        raise ValueError("the keys are %s" % ", ".join(message))
    check_bytes(text, message)
    return message["status"], message["service_id"], message["data_id"], message["data"]


def check_bytes(text, message):
    """The envelope is Python's to the byte, and so is all of it where both have one way to write the data."""
    start = json.dumps(dict(message, data=None))[: -len("null}")]
    if not text.startswith(start) or not text.endswith("}"):
        raise ValueError("expected the envelope %s…}, got %s" % (start, text))
    data = json.dumps(message["data"], ensure_ascii=False, separators=(",", ":"))
    if is_written_one_way(message["data"]) and text != start + data + "}":
        raise ValueError("expected %s%s}, got %s" % (start, data, text))


def is_written_one_way(value):
    if isinstance(value, float):
        return False
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, list):
        return all(map(is_written_one_way, value))
    if isinstance(value, dict):
        return all(is_written_one_way(key) and is_written_one_way(member) for key, member in value.items())
    return True


def read_struct(payload):
    if functools.reduce(operator.xor, payload) != 0:
        raise ValueError("the XOR is wrong")
    return (*struct.unpack(">III", payload[:12]), json.loads(payload[12:-1].decode("utf-8")))


# messages by chance

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 1e15, 1e16, 1e20, 1e21, 1e22, 1e-7, 2.0**53, 2.0**63, 5e-324, 1.7976931348623157e308]
FLOATS += [math.nan, math.inf, -math.inf, math.pi, 1e100]
INTEGERS = [0, 1, -1, MAX_SAFE, -MAX_SAFE, 2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64 - 1, 1700000000123456789]
CHARACTERS = "aZ0 :<=>\"\\/\n\t\0\x1f\x7f\x80äß€\u2028\ufeff\uffff\ufffd😀\U0010ffff\ud800\udbff\udc00\udfff"
KEYS = ["", "a", "b", "data", "0", "10", "__proto__", "constructor", "toJSON", "ä:", "\ud800"]


def random_value(chance, depth=0):
    kind = chance.randrange(12 if depth < 4 else 7)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.choice(INTEGERS + [chance.randrange(-1000, 1000), chance.getrandbits(chance.randrange(1, 300))])
    if kind in (2, 3):
        return chance.choice(FLOATS + [struct.unpack(">d", chance.randbytes(8))[0]] * 9)
    if kind in (4, 5, 6):
        return random_text(chance)
    if kind in (7, 8):
        return [random_value(chance, depth + 1) for _ in range(chance.randrange(5))]
    if kind == 9:
        return nested(chance)
    # two spellings of a key that are one key in UTF-16 would be two here
    keys = {utf16(key): key for key in (random_key(chance) for _ in range(chance.randrange(5)))}
    return {key: random_value(chance, depth + 1) for key in keys.values()}


def random_key(chance):
    return chance.choice(KEYS) if chance.random() < 0.5 else random_text(chance)


def random_text(chance):
    text = "".join(chance.choice(CHARACTERS) for _ in range(chance.randrange(12)))
    return text + chr(chance.randrange(0x110000)) if chance.random() < 0.5 else text


def nested(chance):
    value = 10**4299 if chance.random() < 0.02 else chance.choice([[], {}, 1.5])
    for _ in range(120 if chance.random() < 0.1 else chance.randrange(20)):
        value = [value] if chance.random() < 0.7 else {"a": value}
    return value


def random_id(chance):
    return chance.choice([chance.randrange(64), chance.randrange(64), chance.getrandbits(32), 2**32 - 1])


def to_text(chance, value):
    """As some Python program writes it, and whether the bytes are UTF-8."""
    options = dict(
        ensure_ascii=chance.random() < 0.5,
        separators=chance.choice([None, None, (",", ":"), (" ,\n", "\t: ")]),
        indent=chance.choice([None, None, None, 1]),
    )
    text = json.dumps(value, **options)
    try:
        return text.encode("utf-8"), True
    except UnicodeEncodeError:
        if chance.random() < 0.5:
            return text.encode("utf-8", "surrogatepass"), False
        return json.dumps(value).encode("utf-8"), True


def make(seed):
    chance = random.Random(int(seed))
    status, service_id, data_id = (random_id(chance) for _ in range(3))
    data = random_value(chance)
    fields = list(zip(ENVELOPE, (data_id, service_id, status, data)))
    if chance.random() < 0.3:
        chance.shuffle(fields)
        fields.insert(chance.randrange(5), ("extra", random_value(chance, 4)))
    pure, is_pure_text = to_text(chance, dict(fields))
    # both frames are good, or both are bad
    data_text, is_data_text = to_text(chance, data)
    while is_data_text != is_pure_text:
        if is_data_text:
            pure, is_pure_text = to_text(chance, dict(fields))
        else:
            data_text, is_data_text = to_text(chance, data)
    stream = encode_stp(seal_pure(pure)) + encode_stp(seal_struct(status, service_id, data_id, data_text))
    return "%s%s %s" % ("" if is_pure_text else "bad ", stream.hex(), message_form(status, service_id, data_id, data))


# commands


def ours(stream):
    pure, packed = decode_stp(bytes.fromhex(stream))
    if encode_stp(pure) + encode_stp(packed) != bytes.fromhex(stream):
        raise ValueError("the frames are not Python's")
    return "%s %s" % (message_form(*read_pure(pure)), message_form(*read_struct(packed)))


def text(digits=""):
    try:
        return canonical(json.loads(bytes.fromhex(digits).decode("utf-8")))
    except (ValueError, RecursionError):
        return "refused"


def pack(status, service_id, data_id, digits):
    ids = int(status), int(service_id), int(data_id)
    data = json.loads(bytes.fromhex(digits).decode("utf-8"))
    pure = seal_pure(json.dumps(dict(zip(ENVELOPE, (ids[2], ids[1], ids[0], data)))).encode("utf-8"))
    packed = seal_struct(*ids, json.dumps(data).encode("utf-8"))
    return " ".join(each.hex() for each in (pure, encode_stp(pure), packed, encode_stp(packed)))


COMMANDS = {"ours": ours, "make": make, "text": text, "pack": pack}


def answer(line):
    try:
        name, *arguments = line.decode("ascii").split()
        return COMMANDS[name](*arguments)
    except Exception as error:
        return "! %s: %s" % (type(error).__name__, ascii(str(error)))


def main():
    batches = sys.stdin.buffer
    while header := batches.readline():
        answers = [answer(batches.readline()) for _ in range(int(header))]
        sys.stdout.write("".join(each + "\n" for each in answers))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
