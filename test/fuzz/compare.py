#!/usr/bin/env python3
"""Reads what fuzz-replay json prints and checks it with Python's reader: what was accepted is the same value there,
and what was refused is refused there, too, but for what the strict reader alone refuses."""
import json
import re
import sys

DEPTH = 512


class Stricter(Exception):
    """Valid by RFC 8259, and refused all the same."""


def constant(name):
    raise ValueError(name)


def without_nul(s):
    return s.replace('\0', '\ufffd')


def members(pairs):
    """NUL is read as U+FFFD; of members that have one name by that alone, the first stays."""
    first, kept, twice = {}, [], False
    for name, value in pairs:
        plain = without_nul(name)
        if plain not in first:
            first[plain] = name
            kept.append((plain, value))
        elif '\0' not in name + first[plain]:
            twice = True
    return ('object', kept, twice)


def read(node):
    """The value with its strings as they are read."""
    if isinstance(node, str):
        return without_nul(node)
    if isinstance(node, list):
        return [read(item) for item in node]
    if isinstance(node, tuple) and node[0] == 'object':
        return ('object', [(name, read(value)) for name, value in node[1]], node[2])
    return node


def parse(text):
    """The value, numbers as they are written, objects as lists of pairs."""
    return json.loads(text.decode('utf-8'), parse_int=lambda s: ('number', s), parse_float=lambda s: ('number', s),
                      parse_constant=constant, object_pairs_hook=members)


def check_strictness(value):
    """Raises Stricter where our reader has to refuse the value."""
    todo = [(value, 0)]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, str):
            if any('\ud800' <= c <= '\udfff' for c in node):
                raise Stricter
        elif isinstance(node, list) or (isinstance(node, tuple) and node[0] == 'object'):
            if depth == DEPTH:
                raise Stricter
            if isinstance(node, list):
                todo += [(item, depth + 1) for item in node]
            else:
                if node[2]:
                    raise Stricter
                todo += [(part, depth + 1) for pair in node[1] for part in pair]


def accepted(text):
    """The value in a list, or None."""
    try:
        value = parse(text)
        check_strictness(value)
        return [read(value)]
    except (ValueError, Stricter, RecursionError):
        return None


def records(stream):
    while line := stream.readline():
        verdict, n, m = re.fullmatch(rb'(\w+) (\d+) (\d+)\n', line).groups()
        yield verdict.decode(), stream.read(int(n)), stream.read(int(m))


def main():
    sys.setrecursionlimit(100000)
    count = {'accepted': 0, 'refused': 0}
    faults = 0
    for verdict, text, result in records(sys.stdin.buffer):
        count[verdict] += 1
        value = accepted(text)
        if verdict == 'accepted' and (value is None or value != accepted(result)):
            print('not ok accepted, and another value:', text, result)
            faults += 1
        if verdict == 'refused' and value is not None:
            print('not ok refused, and well-formed:', text, result)
            faults += 1
    print(f"{'not ok' if faults else 'ok'} compared with Python: {count['accepted']} accepted, "
          f"{count['refused']} refused, {faults} faults")
    return 1 if faults or not count['accepted'] else 0


sys.exit(main())
