"""What every app of this benchmark answers, and where it listens: the same bytes, by the same work for each
request. /text is a constant; /json is an object that ujson serialises anew each time."""

import argparse

import ujson

TEXT = "Hello World"
OBJECT = {"id": 4711, "name": "Hello World", "tags": ["small", "json"], "price": 12.5, "in_stock": True}


def json_text():
    return ujson.dumps(OBJECT)


def address():
    """(host, port) from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    return arguments.host, arguments.port
