"""What may cross the border between the examiner and a student's kernel: plain data, written as JSON text.

A value that JSON has no word for is an object with one key, its kind:

    {"tuple": [1, 2]}                      {"float": "nan"}           {"array": ["float64", [2, 3], "base64…"]}
    {"dict": [["key", 1], …]}              {"complex": [0.0, 1.0]}    {"scalar": ["int64", [], "base64…"]}
    {"set": […]}, {"frozenset": […]}       {"bytes": "base64…"}       {"function": ["student", 3, "tanh"]}
    {"range": [start, stop, step]}

A function crosses as a reference: whose it is ("student", "test", or a module that both sides have: "numpy",
"builtins"), its number there, its name. Nothing else crosses: no pickle, no arrays of objects, no instances of classes.
`loads` takes its input for hostile: any bytes give a value or a `BorderError`.

Both sides use this one file. Its text is also run inside the student's kernel, so it imports nothing of its package.
"""

import binascii
import json
import math
import re
from typing import NamedTuple

try:
    import numpy as np
except ImportError:  # a course without numpy: arrays then never occur
    np = None


class Limits(NamedTuple):
    """How much may cross at once."""

    max_bytes: int = 16 * 2**20  # of one message, as text
    max_depth: int = 20  # lists within lists within …; a message itself takes two of them
    # values in all, every element of a list, every key of a dict; an array counts 1 + its dimensions
    max_items: int = 100_000
    max_string: int = 1_000_000  # characters of one string


class BorderError(ValueError):
    """This cannot cross. The message completes the sentence "what was handed over is …" in plain words."""


LIMITS = Limits()

# Fixed names, so that no text from outside is ever interpreted as a dtype.
# No longdouble: its bytes differ between machines.
NAMES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
DTYPES = {name: np.dtype(name) for name in NAMES.split() if np}
OWNERS = {"student", "test", "numpy", "builtins"}
MAX_DIMENSIONS = 32
MAX_INT_BITS = 13_000  # about 3900 digits; Python itself reads no number of more than 4300 digits from text


def dumps(value, limits=LIMITS, refer=None):
    """Write a value as bytes of JSON (ASCII only).

    A subclass crosses as the plain type below it: a namedtuple as a tuple, a defaultdict as a dict, np.matrix as an
    array.

    Parameters
    ----------
    value : anything
        What is to cross.
    limits : Limits
        How much may cross.
    refer : function
        Called with what is not data; returns the (owner, number, name) to send in its place, or None.

    Returns
    -------
    bytes
        What `loads` reads.

    Raises
    ------
    BorderError
        The value, or something in it, cannot cross.
    """
    text = json.dumps(_Packing(limits, refer).pack(value, 0), allow_nan=False, separators=(",", ":")).encode()
    if len(text) > limits.max_bytes:
        raise too_large(limits)
    return text


def loads(text, limits=LIMITS, resolve=None):
    """Read back what `dumps` wrote. Arrays come out writable, in C order, in the machine's byte order.

    Memory stays below about 6 x max_bytes, whatever the text claims.

    Parameters
    ----------
    text : bytes
        From anywhere.
    limits : Limits
        How much may cross.
    resolve : function
        Called with (owner, number, name) for every reference; returns what to put there. It may raise BorderError.

    Returns
    -------
    value
        A copy of what was given to `dumps`.

    Raises
    ------
    BorderError
        Not a text that `dumps` could have written within the limits.
    """
    if len(text) > limits.max_bytes:
        raise too_large(limits)
    _scan(text, limits)
    try:
        tree = json.loads(text.decode("ascii"), object_pairs_hook=_one_pair, parse_constant=_no_constant)
        return _Unpacking(limits, resolve).unpack(tree, 0)
    except BorderError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise BorderError(f"not valid: {str(error)[:200]}") from None


def too_large(limits):
    return BorderError(f"too large (more than {limits.max_bytes:,} bytes)")


def described(value):
    """What a value is, for a reader: "a 'Network' object", "an array of text (dtype <U3)"."""
    if np and isinstance(value, (np.ndarray, np.generic)):
        kinds = {"O": "objects", "U": "text", "S": "bytes", "M": "dates", "m": "durations", "V": "records"}
        of = f" of {kinds[value.dtype.kind]}" if value.dtype.kind in kinds else ""
        masked = "masked " if isinstance(value, np.ma.MaskedArray) else ""
        what = f"{'a' if masked else 'an'} {masked}array" if isinstance(value, np.ndarray) else "a value"
        return f"{what}{of} (dtype {str(value.dtype)[:60]})"
    return f"a {type(value).__name__[:100]!r} object"


class _Packing:
    """Turn a value into a tree of what JSON knows, counting as it goes."""

    def __init__(self, limits, refer):
        self.limits, self.refer = limits, refer
        self.items = self.bytes = 0

    def count(self, items=0, bytes=0):
        self.items += items
        self.bytes += bytes
        if self.items > self.limits.max_items:
            raise too_many(self.limits)
        if self.bytes > self.limits.max_bytes:  # before it is copied
            raise too_large(self.limits)

    def pack(self, value, depth):
        if depth > self.limits.max_depth:
            raise too_deep(self.limits)
        self.count(items=1)
        # np.float64 is also a float and np.str_ also a str, hence numpy first.
        # By type(), as __class__ can be made to lie.
        kind = type(value)
        if np and issubclass(kind, (np.ndarray, np.generic)) and not issubclass(kind, (str, bytes)):
            return self.pack_array(value)
        if value is None or kind is bool:
            return value
        if issubclass(kind, int):
            if value.bit_length() > MAX_INT_BITS:
                raise BorderError("a whole number of thousands of digits")
            return value
        if issubclass(kind, float):
            return value if math.isfinite(value) else {"float": float.__repr__(value)}
        if issubclass(kind, complex):
            return {"complex": [self.pack(value.real, depth + 1), self.pack(value.imag, depth + 1)]}
        if issubclass(kind, str):
            if len(value) > self.limits.max_string:
                raise too_long(self.limits)
            self.count(bytes=len(value))
            return value
        if issubclass(kind, (bytes, bytearray)):
            return {"bytes": self.base64(value, len(value))}
        if issubclass(kind, list):
            return [self.pack(item, depth + 1) for item in value]
        for base in (tuple, set, frozenset):
            if issubclass(kind, base):
                if base is not tuple:
                    for item in value:
                        check_key(item)
                return {base.__name__: [self.pack(item, depth + 1) for item in value]}
        if issubclass(kind, dict):
            for key in value:
                check_key(key)
            return {"dict": [[self.pack(key, depth + 1), self.pack(item, depth + 1)] for key, item in value.items()]}
        if kind is range:
            self.count(items=max(0, (value.stop - value.start) // value.step))
            return {"range": [value.start, value.stop, value.step]}
        reference = self.refer and self.refer(value)
        if reference:
            return {"function": list(reference)}
        raise BorderError(described(value))

    def pack_array(self, value):
        name = value.dtype.name
        if name not in DTYPES or isinstance(value, np.ma.MaskedArray) or value.ndim > MAX_DIMENSIONS:
            raise BorderError(described(value))
        self.count(items=value.ndim + sum(value.shape) * (value.size == 0))
        plain = np.asarray(value, DTYPES[name])
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {kind: [name, list(plain.shape), self.base64(plain, plain.nbytes)]}

    def base64(self, data, size):
        self.count(bytes=size * 4 // 3)
        return binascii.b2a_base64(
            data.tobytes() if np and isinstance(data, np.ndarray) else data, newline=False
        ).decode()


class _Unpacking:
    """The way back.

    Every step checks what it is given; whatever ValueError or TypeError escapes becomes a BorderError.
    """

    def __init__(self, limits, resolve):
        self.limits, self.resolve = limits, resolve
        self.items = 0

    def unpack(self, node, depth):
        if depth > self.limits.max_depth:
            raise too_deep(self.limits)
        self.items += 1
        if self.items > self.limits.max_items:
            raise too_many(self.limits)
        if isinstance(node, str):
            if len(node) > self.limits.max_string:
                raise too_long(self.limits)
            return node
        if isinstance(node, int):
            if node.bit_length() > MAX_INT_BITS:
                raise BorderError("a whole number of thousands of digits")
            return node
        if node is None or isinstance(node, float):
            return node
        if isinstance(node, list):
            return self.unpack_all(node, depth)
        ((kind, content),) = node.items()
        match kind, content:
            case "tuple", [*nodes]:
                return tuple(self.unpack_all(nodes, depth))
            case (("set" | "frozenset"), [*nodes]):
                return {"set": set, "frozenset": frozenset}[kind](
                    check_key(item) for item in self.unpack_all(nodes, depth)
                )
            case "dict", [*pairs]:
                result = {}
                for key, item in pairs:
                    key = check_key(self.unpack(key, depth + 1))
                    if key in result:
                        raise BorderError("not valid: the same key twice")
                    result[key] = self.unpack(item, depth + 1)
                return result
            case "float", ("nan" | "inf" | "-inf"):
                return float(content)
            case "complex", [real, imag]:
                real, imag = self.unpack_all([real, imag], depth)
                if type(real) is type(imag) is float:
                    return complex(real, imag)
            case "bytes", str(data):
                return binascii.a2b_base64(data, strict_mode=True)
            case "range", [int(start), int(stop), int(step)]:
                result = range(start, stop, step)
                self.items += len(result)
                if self.items > self.limits.max_items:
                    raise too_many(self.limits)
                return result
            case (("array" | "scalar"), [str(name), [*shape], str(data)]):
                array = self.unpack_array(name, shape, data)
                if kind == "array":
                    return array
                if array.ndim == 0:
                    return array[()]
            case "function", [str(owner), int(number), str(name)] if (
                self.resolve and owner in OWNERS and 0 <= number < 2**31
            ):
                return self.resolve(owner, number, name[:100])
        raise BorderError(f"not valid: {kind[:20]!r} with an unexpected content")

    def unpack_all(self, nodes, depth):
        return [self.unpack(node, depth + 1) for node in nodes]

    def unpack_array(self, name, shape, data):
        if name not in DTYPES or len(shape) > MAX_DIMENSIONS or any(type(n) is not int or n < 0 for n in shape):
            raise BorderError("not valid: an array of unknown type or shape")
        raw = bytearray(binascii.a2b_base64(data, strict_mode=True))  # a bytearray, so that the array is writable
        size = math.prod(shape)
        if size * DTYPES[name].itemsize != len(raw):
            raise BorderError("not valid: an array whose data do not fit its shape")
        if size == 0 and sum(shape) > self.limits.max_items:  # (0, 10**12) has no data, but its sum over axis 0 would
            raise too_many(self.limits)
        if name == "bool" and raw.translate(None, b"\0\1"):  # numpy takes other bytes for true, yet counts them wrong
            raise BorderError("not valid: an array of bool with other bytes than 0 and 1")
        return np.frombuffer(raw, DTYPES[name]).reshape(shape)


def check_key(key):
    """Return the key of a dict or item of a set, if it may be one.

    Only strings and real numbers, and no huge ones: their hash is the number itself, or secret (strings), so that
    nobody can choose thousands of keys that all collide and make the building of the dict take for ever.

    Raises
    ------
    BorderError
        It may not.
    """
    number = bool(np) and isinstance(key, (np.bool_, np.integer, np.floating))
    if isinstance(key, int) and abs(key) >= 2**61 - 1:
        raise BorderError("a dict or set with a huge whole number as a key")
    if not (number or key is None or isinstance(key, (str, int, float))):
        raise BorderError(f"a dict or set with {described(key)} as a key")
    return key


def too_many(limits):
    return BorderError(f"too large (more than {limits.max_items:,} values; numbers in an array count as one)")


def too_deep(limits):
    return BorderError(f"nested too deeply (more than {limits.max_depth} levels)")


def too_long(limits):
    return BorderError(f"too large (a text of more than {limits.max_string:,} characters)")


# A string (closed or not, so that the search never has to look at its bytes twice), or what gives JSON its structure.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)


def _scan(text, limits):
    """Look at the structure before a JSON parser builds it: 16 MB of `[],[],…` would become 350 MB of lists."""
    depth = 0
    for count, token in enumerate(_TOKEN.finditer(text)):
        first = text[token.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > 3 * limits.max_depth + 6:  # a dict is an object, a list, and a list for every pair
            raise too_deep(limits)
        if count > 16 * limits.max_items + 16:  # an array is 12 tokens and one for each dimension
            raise too_many(limits)


def _one_pair(pairs):
    if len(pairs) != 1:
        raise BorderError("not valid: an object with other than one key")
    return dict(pairs)


def _no_constant(name):
    raise BorderError(f"not valid: {name} outside a float")
