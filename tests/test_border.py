"""The codec: what goes in comes out; whatever bytes come in, a value or a BorderError comes out."""

import json
import math
import time
import tracemalloc
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nbexaminer.border import DTYPES, LIMITS, BorderError, Limits, dumps, loads

settings.register_profile("border", deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("border")

arrays = hnp.arrays(st.sampled_from(list(DTYPES.values())), hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
scalars = arrays.filter(lambda a: a.size).map(lambda a: a.flat[0])
ints = st.integers(-(10**3000), 10**3000) | st.integers()
keys = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text()
leaves = st.one_of(
    keys, ints, st.floats(), st.complex_numbers(), st.binary(), scalars, arrays,
    st.builds(range, *[st.integers(-50, 50)] * 2),
    st.text(alphabet=st.characters(exclude_categories=())),  # lone surrogates too
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(keys, inner), st.sets(keys), st.frozensets(keys)
    ),
    max_leaves=20,
)


def same(a, b):
    """Equal, by type, dtype, shape and every bit that a reader could see; nan equals nan."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return repr(a) == repr(b)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a), list(b)) and same(list(a.values()), list(b.values()))
    return repr(a) == repr(b) if isinstance(a, complex) else a == b


@given(values)
def test_what_goes_in_comes_out(value):
    assert same(loads(dumps(value)), value)


@pytest.mark.parametrize("value", [
    np.arange(6.0).reshape(2, 3).T, np.arange(10)[::-2], np.array([1, 2], ">f8"), np.array(5.0), np.zeros((0, 3)),
    np.matrix([[1.0]]),
])  # fmt: skip
def test_arrays_of_any_layout(value):
    back = loads(dumps(value))
    assert type(back) is np.ndarray and back.shape == value.shape and back.dtype == value.dtype.newbyteorder("=")
    assert (back == value).all() and back.flags.writeable


def test_subclasses_cross_as_the_plain_type():
    from collections import OrderedDict, defaultdict, namedtuple
    from enum import IntEnum

    Point = namedtuple("Point", "x y")

    class Color(IntEnum):
        RED = 1

    value = [Point(1, 2), defaultdict(int, a=1), OrderedDict(b=2), Color.RED, np.str_("s")]
    assert same(loads(dumps(value)), [(1, 2), {"a": 1}, {"b": 2}, 1, "s"])


class Network: ...


@pytest.mark.parametrize("value, words", [
    (Network(), "a 'Network' object"), ([1, {"net": Network()}], "a 'Network' object"), (np, "a 'module' object"),
    ((i for i in ()), "a 'generator' object"), (np.array([None]), "an array of objects (dtype object)"),
    (np.array(["abc"]), "an array of text (dtype <U3)"),
    (np.datetime64("2020"), "a value of dates (dtype datetime64[Y])"),
    (np.ma.array([1]), "a masked array (dtype int64)"), (np.longdouble(1), "a value (dtype float128)"),
    (len, "a 'builtin_function_or_method' object"),
    ([10**5000], "thousands of digits"), ("x" * 1_000_001, "a text of more than 1,000,000 characters"),
    (range(10**20), "more than 100,000 values"),
    ([0] * 100_001, "more than 100,000 values"), (np.zeros(2 * 10**6), "more than 16,777,216 bytes"),
    (np.broadcast_to(1.0, (10**6, 10**6)), "more than 16,777,216 bytes"),
    ({(1, 2): 3}, "with a 'tuple' object as a key"), ({2**61: 1}, "huge whole number"),
    ({1j}, "'complex' object as a key"),
])  # fmt: skip
def test_what_cannot_cross_is_named(value, words):
    with pytest.raises(BorderError) as error:
        dumps(value)
    assert words in str(error.value)


def test_cycles_and_bombs_end():
    cycle = []
    cycle.append(cycle)
    with pytest.raises(BorderError, match="nested too deeply"):
        dumps(cycle)
    bomb = []
    for _ in range(18):
        bomb = [bomb] * 10
    with pytest.raises(BorderError, match="too large"):
        dumps(bomb)


def answers(text, limits=LIMITS):
    """The one property of loads: a value or a BorderError."""
    try:
        return loads(text, limits, lambda owner, number, name: len)
    except BorderError as error:
        assert len(str(error)) < 400
        return error


@given(st.binary())
@settings(max_examples=500)
@example(b"\xff\xfe[\x00")
@example(b'"' + b'\\"' * 10_000)
def test_any_bytes(text):
    answers(text)


@given(values.map(dumps), st.data())
@settings(max_examples=400)
def test_damaged_texts(text, data):
    text = bytearray(text)
    for _ in range(data.draw(st.integers(1, 3))):
        at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        text[at:end] = data.draw(
            st.sampled_from(
                [b"", b"0", b"-1", b"1e999", b"null", b"[", b"]", b'{"tuple":', b"}", b'"', b",", b"9" * 50, b'"O"']
            )
        )
    answers(bytes(text))


kinds = st.sampled_from(
    [
        "tuple",
        "dict",
        "set",
        "frozenset",
        "float",
        "complex",
        "bytes",
        "range",
        "array",
        "scalar",
        "function",
        "list",
        "__class__",
    ]
)
words = st.sampled_from(
    [
        "float64",
        "bool",
        "object",
        "O",
        "V10",
        "M8[ns]",
        "AAAAAAAA",
        "AgI=",
        "nan",
        "test",
        "student",
        "numpy",
        "tanh",
        "ab",
        "\ud800",
    ]
)
anything = st.recursive(
    words
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.none()
    | st.booleans()
    | st.sampled_from([10**12, -1, 2**64]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.builds(lambda kind, content: {kind: content}, kinds, inner)
        | st.dictionaries(kinds, inner, max_size=2)
    ),
    max_leaves=12,
)


@given(anything)
@settings(max_examples=600)
def test_any_json(tree):
    answers(json.dumps(tree).encode())


@pytest.mark.parametrize("text, words", [
    (b"[" * 10**6, "nested too deeply"),
    (b'{"tuple":' * 10**6, "nested too deeply"),
    (b"[" * 60 + b"]" * 60, "nested too deeply"),
    (b"[" + b"[]," * 5 * 10**6 + b"0]", "more than 100,000 values"),
    (b"9" * 10**7, "not valid"),
    (b"1" * 4200, "thousands of digits"),
    (b"NaN", "not valid"), (b"-Infinity", "not valid"), (b"", "not valid"), (b"\xff", "not valid"),
    ('"ä"'.encode(), "not valid"),
    (b'{"tuple":[],"tuple":[]}', "other than one key"), (b"{}", "other than one key"),
    (b'{"dict":[["a",1],["a",2]]}', "same key twice"), (b'{"dict":[[1,1],[true,2]]}', "same key twice"),
    (b'{"dict":[[{"tuple":[]},1]]}', "as a key"),
    (b'{"array":["float64",[1000000000000],""]}', "do not fit"),
    (b'{"array":["float64",[0,1000000000000],""]}', "more than 100,000"),
    (b'{"array":["float64",[-1,-1],"AAAAAAAAAAA="]}', "unknown type or shape"),
    (b'{"array":["float64",[true],"AAAAAAAAAAA="]}', "unknown type or shape"),
    (b'{"array":["O",[1],"AAAAAAAAAAA="]}', "unknown type or shape"),
    (b'{"array":["V8",[1],"AAAAAAAAAAA="]}', "unknown type or shape"),
    (b'{"array":["M8[ns]",[1],"AAAAAAAAAAA="]}', "unknown type or shape"),
    (b'{"array":["int8",' + json.dumps([1] * 65).encode() + b',"AA=="]}', "unknown type"),
    (b'{"array":["bool",[2],"AgI="]}', "other bytes than 0 and 1"), (b'{"array":["float64",[1],"!!!!"]}', "not valid"),
    (b'{"scalar":["float64",[1],"AAAAAAAAAAA="]}', "unexpected content"), (b'{"float":"1"}', "unexpected content"),
    (b'{"range":[0,1000000000000000000000000,1]}', "not valid"),
    (b'{"range":[0,1000000,1]}', "100,000 values"), (b'{"range":[0,1,0]}', "not valid"),
    (b'{"function":["nbexaminer",0,"loads"]}', "unexpected content"),
    (b'{"function":["student",-1,"f"]}', "unexpected content"),
    (b'"' + b"x" * 1_000_001 + b'"', "more than 1,000,000 characters"),
    (b"0" * (16 * 2**20 + 1), "more than 16,777,216 bytes"),
])  # fmt: skip
def test_hostile_texts(text, words):
    start = time.process_time()
    error = answers(text)
    assert isinstance(error, BorderError) and words in str(error)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("text", [
    b"[" + b"[]," * 700_000 + b"0]", b'["' + b"\\u1234" * 2_700_000 + b'"]',
    b"[" + b'{"dict":[]},' * 90_000 + b"0]",
    b"[" + b"1e9," * 90_000 + b"0]",
    b'{"array":["int8",[12582900],"' + b"A" * 16_777_200 + b'"]}',
    b"[" + b'"' * 16_000_000, b'{"bytes":"' + b"A" * 16_777_200 + b'"}',
    b'{"dict":[' + b",".join(b'[%d,0]' % (k * 2**40) for k in range(30_000)) + b"]}",
])  # fmt: skip
def test_time_stays_bounded(text):
    start = time.process_time()
    answers(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "text", [b"[" + b"[]," * 100_000 + b"0]", b'{"bytes":"' + b"A" * 16_777_200 + b'"}', dumps(np.zeros(1_500_000))]
)
def test_memory_stays_bounded(text):
    tracemalloc.start()
    answers(text)
    assert tracemalloc.get_traced_memory()[1] < 6 * Limits().max_bytes
    tracemalloc.stop()


def test_the_limits_are_parameters():
    assert isinstance(answers(dumps([1, 2, 3]), Limits(max_items=3)), BorderError)
    assert answers(dumps([1, 2, 3]), Limits(max_items=4)) == [1, 2, 3]
    assert isinstance(answers(dumps([[1]]), Limits(max_depth=1)), BorderError)
    assert isinstance(answers(dumps("abc"), Limits(max_string=2)), BorderError)
    with pytest.raises(BorderError):
        dumps("abc", Limits(max_bytes=4))


def test_references():
    text = dumps([len, math.sin], refer=lambda f: ("test", 0, f.__name__))
    assert loads(text, resolve=lambda *reference: reference) == [("test", 0, "len"), ("test", 0, "sin")]
    with pytest.raises(BorderError):
        loads(text)


def test_nothing_is_imported():
    texts = [b'{"array":["os.system",[1],"AA=="]}', b'{"function":["numpy",0,"tanh"]}', dumps(np.zeros(3)), b"["]
    imported = []
    with mock.patch("builtins.__import__", lambda name, *args: imported.append(name)):
        for text in texts:
            answers(text)
    assert not imported
