#!/usr/bin/env python3
"""Prints what the stand-in offers as JSON, in the notation of documentation.txt: constants, exceptions, signatures."""

import inspect
import json

import socket_protocol


def signature_of(function):
    parameters = list(inspect.signature(function).parameters.values())
    return "(%s)" % ", ".join(str(each) for each in parameters if each.name != "self")


described = {"constants": {}, "exceptions": [], "classes": {}, "methods": {}}
for name, value in vars(socket_protocol).items():
    if inspect.isclass(value) and value.__module__ == "socket_protocol" and not name.startswith("_"):
        if issubclass(value, Exception):
            described["exceptions"].append(name)
        else:
            described["classes"][name] = signature_of(value.__init__)
    elif name.isupper() and not name.startswith("_"):
        described["constants"][name] = repr(value)
for name, method in vars(socket_protocol.pure_json_protocol).items():
    if not name.startswith("__"):
        described["methods"][name] = signature_of(method)
print(json.dumps(described))
