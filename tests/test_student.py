"""Calls across the border, with a real kernel; and whatever bytes come from the other side of it."""

import contextlib
import copy
import socket
import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbexaminer.border import BorderError, dumps
from nbexaminer.student import (
    BadAnswer,
    KernelDied,
    Student,
    StudentError,
    StudentFunction,
    StudentRaised,
    StudentTimeout,
    Uncrossable,
)


def test_values_and_functions(notebook):
    notebook(
        "import numpy as np\ndef double(x, times=2): return times * x\n"
        "data = {'a': (1, np.float32(2))}\nclass Net: pass\nnet = Net()"
    )
    names = notebook.student.fetch(["double", "data", "nothing_of_that_name"])
    assert (
        list(names) == ["double", "data"]
        and names["data"] == {"a": (1, 2)}
        and type(names["data"]["a"][1]) is np.float32
    )
    double = names["double"]
    assert isinstance(double, StudentFunction) and callable(double) and double.__name__ == "double"
    assert (
        repr(double) == "<the student's double>"
        and double == notebook.student.fetch(["double"])["double"]
        and hash(double)
    )
    result = double(np.arange(6, dtype="int8").reshape(2, 3), times=3)
    assert result.dtype == "int8" and (result == [[0, 3, 6], [9, 12, 15]]).all()
    assert copy.deepcopy(double) is double
    with pytest.raises(Uncrossable, match=r"'net|net gives a 'Net' object.*in-kernel"):
        notebook.student.fetch(["net"])
    with pytest.raises(Uncrossable, match="Net gives a 'Net' object, where plain data is expected"):
        notebook.student.fetch(["Net"])["Net"]()  # a class is a callable, its instance is not data


def test_other_callables_are_functions(notebook):
    notebook("""
import functools, math, numpy as np
class Scale:
    def __init__(self, k): self.k = k
    def __call__(self, x): return self.k * x
triple = Scale(3); vec = np.vectorize(lambda x: x + 1); root = math.sqrt; exp = np.exp; half = functools.partial(pow, 4)
def make(k):
    def inner(x): return k * x
    return inner
async def later(): pass
def gen(): yield 1
def ask(): return input()
""")
    notebook.test("""
assert triple(2) == 6 and root(4) == 2 and exp(0) == 1 and half(2) == 16 and (vec([1, 2]) == [2, 3]).all()
five = make(5)
assert five(2) == 10 and make(3) is not five and five.__name__ == 'inner'
""")
    with pytest.raises(StudentRaised, match="ask raised"):  # nobody is there to type
        notebook.test("ask()")
    for name, kind in [("later", "coroutine"), ("gen", "generator")]:
        with pytest.raises(Uncrossable, match=f"{name} gives a '{kind}' object"):
            notebook.test(f"{name}()")


def test_attributes_of_a_proxy_name_the_way_out(notebook):
    notebook("def f(x): return x")
    f = notebook.student.fetch(["f"])["f"]
    with pytest.raises(Uncrossable, match=r"'calls'.*`in-kernel`"):
        _ = f.calls
    with pytest.raises(Uncrossable, match="`in-kernel`"):
        f.calls = 1
    assert not hasattr(f, "calls") and np.array(f).dtype == object


def test_the_namespace(notebook):
    notebook("y = [1]\nsum = None\ndef len_(x): return len(x)")
    names = notebook.test("""
y.append(2)                          # one copy for the cell
assert y == [1, 2]
def helper(x): return len_(x) + x[0]
assert helper(y) == 3 and [len_(y) for _ in y] == [2, 2] and sum(y) == 3
""")
    assert names["y"] == [1, 2] and notebook.student.fetch(["y"]) == {"y": [1]}
    with pytest.raises(NameError, match="'nowhere' is not defined"):
        notebook.test("nowhere(1)")
    with pytest.raises(NameError):
        notebook.test("def f(): return nowhere\nf()")


def test_installing_leaves_no_names(notebook):
    for name in ["border", "answering", "limits", "path", "shell", "module", "dumps", "socket", "asyncio"]:
        assert notebook.student.fetch([name]) == {}


def test_exceptions_come_with_the_students_line(notebook):
    notebook("""
import numpy as np
def inner(x):
    return np.linalg.inv(x)   # numpy raises
def outer(x):
    return inner(x)
def todo(x):
    raise NotImplementedError()
def leave(x): raise SystemExit
class Evil(Exception):
    def __str__(self): raise ValueError
def evil(x): raise Evil
def deep(x): return deep(x)
def long(x): raise ValueError('x' * 10**6)
""")
    with pytest.raises(StudentRaised) as caught:
        notebook.test("outer(np.zeros((2, 2)))", np=np)
    error = caught.value
    assert (error.name, error.type, error.message) == ("outer", "LinAlgError", "Singular matrix")
    assert (
        error.cell.startswith("Cell In[")
        and error.line == 3
        and error.source == "return np.linalg.inv(x)   # numpy raises"
    )
    assert "outer raised LinAlgError: Singular matrix (Cell In[" in str(error) and error.type != "NotImplementedError"
    with pytest.raises(StudentRaised) as caught:
        notebook.test("todo(1)")
    assert (
        caught.value.type == "NotImplementedError"
        and caught.value.line == 7
        and caught.value.source == "raise NotImplementedError()"
    )
    with pytest.raises(StudentRaised, match=r"todo|evil raised Evil"):
        notebook.test("evil(1)")
    with pytest.raises(StudentRaised, match="RecursionError"):
        notebook.test("deep(1)")
    with pytest.raises(StudentRaised, match="leave raised SystemExit"):
        notebook.test("leave(1)")
    with pytest.raises(StudentRaised, match="unexpected keyword argument 'y'") as caught:
        notebook.test("todo(y=1)")
    assert caught.value.line == 0
    with pytest.raises(StudentRaised) as caught:
        notebook.test("long(1)")
    assert len(caught.value.message) == 2000


def test_identity_of_functions(notebook):
    notebook("""
import numpy as np
def f(x): return x
def g(x): return x
def is_f(h): return h is f
def is_tanh(h): return h is np.tanh and np.float32 is not float
def first(fs): return fs[0]
def zeros(dtype): return np.zeros(2, dtype)
""")
    notebook.test("""
assert is_f(f) and is_f(h=f) and not is_f(g) and not is_f(lambda x: x)
assert first([g, f]) is g and first((f,)) is f and f == f and f != g
assert is_tanh(np.tanh) and zeros(np.float32).dtype == 'float32' and zeros(int).dtype == 'int64'
mine = lambda x: x
assert first([mine]) is mine
""", np=np)  # fmt: skip


def test_callbacks(notebook):
    notebook("""
seen = []
def apply(h, *args, **kwargs): return h(*args, **kwargs)
def square(x): return x * x
def same_stub(h):
    seen.append(h)
    return all(s is h for s in seen)
def careful(h):
    try: return h(0)
    except ZeroDivisionError as error: return str(error)
def nested(h, n): return 0 if n == 0 else 1 + h(nested, n - 1)
def keep(h):
    global kept
    kept = h
def use(): return kept(1)
def give_object(h): return h(object())
def in_thread(h):
    import threading
    out = []
    def run():
        try: h(1)
        except RuntimeError as error: out.append(str(error))
    t = threading.Thread(target=run); t.start(); t.join()
    return out[0]
""")
    notebook.test("""
big = np.arange(130_000.0)
assert (apply(lambda x, k: x * k, big, k=2) == 2 * big).all()
assert apply(lambda x: square(square(x)), 2) == 16                        # and back again
assert same_stub(np.tanh.__call__) is not None
h = lambda x: 1 / x
assert same_stub(h) is False and careful(h) == '<lambda> raised ZeroDivisionError'
def step(g, n): return g(step, n)
assert nested(step, 5) == 5
keep(h)
assert use() == 1
assert 'main thread' in in_thread(h)
""", np=np)  # fmt: skip
    with pytest.raises(StudentRaised, match="belongs to a test and cannot be given a 'object' object") as caught:
        notebook.test("give_object(print_)", print_=lambda x: x)
    assert caught.value.source.startswith("def give_object")

    def secret(x):
        raise AssertionError("the reference is 42")

    with pytest.raises(StudentRaised, match="secret raised AssertionError") as caught:
        notebook.test("apply(secret, 1)", secret=secret)
    assert "42" not in str(caught.value) and "42" in str(caught.value.__cause__)
    notebook(
        "try: kept(1); told = None\nexcept RuntimeError as error: told = str(error)"
    )  # in a cell, without a test waiting
    assert "while the test is waiting" in notebook.student.fetch(["told"])["told"]
    with pytest.raises(StudentRaised):
        notebook.test("def step(g, n): return g(step, n)\nnested(step, 100)")
    notebook.test("assert square(3) == 9")


def test_arguments_that_cannot_cross_are_the_tests_fault(notebook):
    notebook("def f(x): return x")
    for value, words in [
        (object(), "a 'object' object"),
        (np.zeros(2 * 10**6), "too large"),
        (np.array([None]), "an array of objects"),
    ]:
        with pytest.raises(BorderError, match=f"f was to be given {words}.*`in-kernel`"):
            notebook.test("f(value)", value=value)


def test_arguments_are_copies(notebook):
    notebook("def spoil(x): x[:] = 0")
    assert notebook.test("spoil(x)", x=np.ones(3))["x"].all()


def test_prints_warnings_and_displays_do_not_matter(notebook):
    notebook("""
import sys, warnings, os
def loud(x):
    print('x' * 10**6); print('y', file=sys.stderr); warnings.warn('careful'); display(x); os.write(1, b'raw')
    return x
""")
    notebook.test("assert [loud(i) for i in range(20)] == list(range(20))")


def test_hostile_objects(notebook):
    notebook("""
class Evil:
    def boom(self, *args): raise RuntimeError('boom')
    __repr__ = __str__ = __eq__ = __hash__ = __array__ = __len__ = __iter__ = __getattr__ = __reduce__ = __bool__ = boom
    __class__ = property(boom)
class EvilList(list):
    def __iter__(self): raise KeyboardInterrupt
class EvilInt(int):
    def bit_length(self): return 'no'
class Meta(type):
    @property
    def __name__(cls): raise RuntimeError
class Nameless(metaclass=Meta): pass
def evil(): return Evil()
def evil_list(): return EvilList([1])
def evil_int(): return EvilInt(1)
def nameless(): return Nameless()
def recursive():
    a = []; a.append(a); return a
def giant(): return np.zeros(10**7)
def giant_text(): return 'x' * 10**7
def giant_list(): return list(range(10**6))
def objects(): return np.array([Evil()], dtype=object)
""")
    for call in [
        "evil",
        "evil_list",
        "evil_int",
        "nameless",
        "recursive",
        "giant",
        "giant_text",
        "giant_list",
        "objects",
    ]:
        with pytest.raises((Uncrossable, StudentRaised)):
            notebook.test(f"{call}()")
    with pytest.raises(Uncrossable, match="giant gives too large"):
        notebook.test("giant()")
    assert notebook.student.dead is None


def test_shadowed_names_and_patched_modules(doomed):
    doomed("""
import builtins, json as _json, numpy as np
len = str = list = type = dict = isinstance = None
json = border = socket = 1
def f(x): return x + 1
""")
    doomed.test("assert f(1) == 2 and (f(np.ones(2)) == 2).all()", np=np)
    for vandalism in [
        "builtins.sum = builtins.any = builtins.issubclass = lambda *a: 1 / 0",
        "_json.loads = _json.dumps = lambda *a, **k: 1 / 0; np.frombuffer = None",
    ]:
        doomed(vandalism)
        with contextlib.suppress(StudentError):  # an error or the right answer
            doomed.test("assert f(1) == 2")


def test_a_loop_is_interrupted_and_the_kernel_stays(notebook):
    notebook("def loop(h=None):\n    while True:\n        h and h()\ndef f(x): return x\ndef apply(h): return h()")
    notebook.student.timeout = 0.5
    try:
        for call in ["loop()", "loop(h)", "apply(lambda: loop(h))"]:
            with pytest.raises(StudentTimeout, match=r"(loop|apply) gave no answer within [\d.]+ seconds") as caught:
                notebook.test(call, h=lambda: None)
            assert caught.value.seconds >= 0.5
            notebook.test("assert f(3) == 3")
        notebook.student.timeout, notebook.student.deadline = 60, time.monotonic() + 0.3
        with pytest.raises(StudentTimeout) as caught:
            notebook.test("loop()")
        assert caught.value.seconds < 30
    finally:
        notebook.student.timeout, notebook.student.deadline = 5, float("inf")


def test_a_loop_that_ignores_interrupts(doomed):
    doomed("""
import time
def loop():
    while True:
        try:
            while True: time.sleep(0.01)
        except BaseException: pass
def f(x): return x
""")
    with pytest.raises(StudentTimeout):
        doomed.test("loop()")
    with pytest.raises(
        KernelDied,
        match=r"f could not be used: loop gave no answer within [\d.]+ seconds, and did not stop when interrupted",
    ):
        StudentFunction(doomed.student, 0, "f")(1)


@pytest.mark.parametrize(
    "how", ["import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)", "import os; os.closerange(3, 100)"]
)
def test_the_kernel_dies(doomed, how):
    doomed(f"def die():\n    {how}\ndef f(): return 1")
    names = doomed.test("f")
    with pytest.raises(KernelDied, match="the kernel died while die was used"):
        doomed.test("die()")
    with pytest.raises(KernelDied, match="f could not be used: the kernel died while die was used"):
        names["f"]()


LIE = """
import gc, os, time
side = next(o for o in gc.get_objects() if type(o).__name__ == 'Answering')
write = side.connection.sendall
frame = lambda text: len(text).to_bytes(4, 'big') + text
def lie(): {}
def f(): return 1
"""


@pytest.mark.parametrize("lie, error", [
    ("write(frame(b'garbage'))", BadAnswer),
    ("write(frame(b'[\"value\"]'))", BadAnswer),
    ("write(frame(b'[\"raised\",1,2]'))", BadAnswer),
    ("write(frame(b'[\"value\",{\"function\":[\"test\",7,\"x\"]}]'))", BadAnswer),
    ("write(frame(b'[\"call\",{\"function\":[\"numpy\",0,\"load\"]},{\"tuple\":[\"/etc/passwd\"]},{\"dict\":[]}]'))",
     BadAnswer),
    ("write(frame(b'[\"call\",{\"function\":[\"student\",0,\"f\"]},{\"tuple\":[]},{\"dict\":[]}]'))", BadAnswer),
    ("write(b'\\xff' * 4)", BadAnswer),
    ("write((2**30).to_bytes(4, 'big') + b'x' * 2**20)", BadAnswer),
    ("write(b'\\0\\xff\\xff\\xff' + b'x'); time.sleep(9)", StudentTimeout),
    ("time.sleep(9)", StudentTimeout),
    ("[write(b'x') or time.sleep(0.01) for _ in range(10**6)]", BadAnswer),
])  # fmt: skip
def test_a_lying_kernel(doomed, lie, error):
    doomed(LIE.format(lie))
    with pytest.raises(error) as caught:
        doomed.test("lie()")
    assert len(str(caught.value)) < 600
    if doomed.student.dead:
        with pytest.raises(KernelDied):
            doomed.student.fetch(["f"])


def test_a_kernel_that_floods_and_pretends(doomed):
    doomed(LIE.format("write(frame(b'[\"value\",1]') * 1000)"))
    doomed.test("assert lie() == 1 and lie() == 1")  # can only answer; what nobody asked for waits in the socket


def far_end(script):
    """A Student whose other side is a thread that plays a script (bytes) after the first request, then hangs up."""
    ours, theirs = socket.socketpair()

    def play():
        with theirs:
            theirs.recv(2**16)
            theirs.sendall(script)

    threading.Thread(target=play, daemon=True).start()
    return Student(ours, lambda: None, timeout=5, grace=0.1)


@given(st.binary() | st.lists(st.binary()).map(lambda parts: b"".join(len(p).to_bytes(4, "big") + p for p in parts)))
@settings(deadline=None, max_examples=200)
def test_any_bytes_from_the_far_end(script):
    student = far_end(script)
    with pytest.raises(StudentError):
        student.fetch(["x"])
    assert student.dead


words = st.sampled_from(["value", "missing", "uncrossable", "raised", "call", "x", 1, None, -1, 1.5, (), {}, [], len])
messages = st.lists(words | st.lists(words), max_size=7)


@given(messages)
@settings(deadline=None, max_examples=300)
def test_any_message_from_the_far_end(message):
    text = dumps(message, refer=lambda f: ("student", 3, "len"))
    student = far_end(len(text).to_bytes(4, "big") + text)
    try:
        value = student.fetch(["x"])
        assert value == {} or (message[0] == "value" and len(message) == 2)
    except StudentError as error:
        assert str(error)
    student.close()


def test_memory_of_a_flood_stays_bounded():
    ours, theirs = socket.socketpair()
    student = Student(ours, lambda: None, timeout=1.5, grace=0.1)

    def flood():
        call = dumps(["call", len, ("x" * 900_000,), {}], refer=lambda f: ("test", 0, "len"))
        try:
            while True:
                theirs.sendall(len(call).to_bytes(4, "big") + call)
                theirs.recv(2**16, socket.MSG_DONTWAIT)
        except OSError:
            theirs.close()

    thread = threading.Thread(target=flood)
    student._refer(lambda x: None)  # the test's function number 0
    tracemalloc.start()
    thread.start()
    with pytest.raises(StudentError):
        student.fetch(["x"])
    assert tracemalloc.get_traced_memory()[1] < 40 * 2**20
    tracemalloc.stop()
    student.close()
    thread.join(60)


def test_a_kernel_that_does_not_read():
    ours, _theirs = socket.socketpair()
    student = Student(ours, lambda: None, timeout=0.5, grace=0.1)
    with pytest.raises(StudentTimeout):
        StudentFunction(student, 0, "f")(np.zeros(10**6))
    assert student.dead


def test_no_contact():
    class Deaf:
        def execute(self, *args, **kwargs): ...

    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(KernelDied, match=r"did not take up contact within 0\.2 seconds"):
        Student(ours, lambda: None, grace=0.1).install(Deaf(), theirs.fileno(), wait=0.2)


def test_a_reply_that_comes_too_late_is_not_taken_for_a_request(notebook):
    """The student's function was interrupted while it waited for what a function of the test's gives."""
    notebook("def f(x): return x")
    for late in (["value", None], ["raised", "ValueError"]):
        notebook.student._send(dumps(late))
        notebook.test("assert f(3) == 3")
