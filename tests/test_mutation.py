"""Mutation testing: whatever small thing is changed in the model solution, its own checks take points for it.

`pytest -rP tests/test_mutation.py` shows how many mutants there were.
"""

import ast
import contextlib
import copy
import itertools
import signal

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

import course
from samples import model_answers

NOTEBOOK = course.cells()
SOLUTIONS = model_answers()
SECONDS = 20  # for a graded cell, which takes a tenth of a second; the grader's limit is 60

PRINTED = "only changes what is printed, which is not graded"
LOG_OF_ZERO = "only matters for predictions of exactly 0 or 1; that these have a cost is not asked for"
BROADCAST = "numpy subtracts (n,) from (1, n) just like (1, n)"
OWN_LIST = "new arrays are put into the caller's list, not into a copy: updates in place are allowed"
EQUIVALENT = {  # {solution cell: {name of a mutant: why it is as right as the model solution}}
    "relu": {"ArgumentForCall: return x > 0": "True and False are 1 and 0"},
    "cross_entropy": {
        "ReplaceBinaryOperator_Sub_Add: safe = np.clip(y_preds, 1e-12, 1 + 1e-12)": LOG_OF_ZERO,
        "ReplaceBinaryOperator_Sub_Div: safe = np.clip(y_preds, 1e-12, 1 / 1e-12)": LOG_OF_ZERO,
        "ReplaceBinaryOperator_Sub_FloorDiv: safe = np.clip(y_preds, 1e-12, 1 // 1e-12)": LOG_OF_ZERO,
        "ReplaceBinaryOperator_Sub_Pow: safe = np.clip(y_preds, 1e-12, 1 ** 1e-12)": LOG_OF_ZERO,
        "NumberReplacer: safe = np.clip(y_preds, -0.999999999999, 1 - 1e-12)": LOG_OF_ZERO,
        "NumberReplacer: safe = np.clip(y_preds, 1e-12, 2 - 1e-12)": LOG_OF_ZERO,
        "NumberReplacer: safe = np.clip(y_preds, 1e-12, 1 - -0.999999999999)": LOG_OF_ZERO,
        "ArgumentForCall: safe = y_preds": LOG_OF_ZERO,
        "LeftOperandOnly: safe = np.clip(y_preds, 1e-12, 1)": LOG_OF_ZERO,
    },
    "mean_squared_error": {"SwapOperands: return np.mean((y_preds - y) ** 2)": "the square has no sign"},
    "gradient_descent": {
        "DeleteStatement: 'show_cost(epoch, epochs, cross_entropy(y_pred, y))'": PRINTED,
        "ArgumentForCall: epoch": PRINTED,
        "ArgumentForCall: show_cost(epoch, epochs, y_pred)": PRINTED,
    },
    "backprop": {
        "ReplaceComparisonOperator_IsNot_NotEq: if cost_f != cross_entropy:": "functions are equal if identical",
        "ReplaceTrueWithFalse: b1 = b1 - lrate * error1.mean(axis=0, keepdims=False)": BROADCAST,
        "ReplaceTrueWithFalse: b2 = b2 - lrate * error2.mean(axis=0, keepdims=False)": BROADCAST,
        "OmitKeyword: b1 = b1 - lrate * error1.mean(axis=0)": BROADCAST,
        "OmitKeyword: b2 = b2 - lrate * error2.mean(axis=0)": BROADCAST,
        "OmitKeyword: b2 = b2 - lrate * error2.mean(keepdims=True)": "y is (m, 1): there is one output neuron",
        "DeleteStatement: 'show_cost(epoch, epochs, cost_f(A2, y))'": PRINTED,
        "ArgumentForCall: epoch": PRINTED,
        "ArgumentForCall: show_cost(epoch, epochs, A2)": PRINTED,
    },
    "deep_backprop": {
        "ReplaceComparisonOperator_IsNot_NotEq: if cost_f != cross_entropy:": "functions are equal if identical",
        "ReplaceComparisonOperator_Gt_NotEq: A_before = As[layer - 1] if layer != 0 else x": "no layer is negative",
        "ReplaceComparisonOperator_Gt_NotEq: if layer != 0:": "no layer is negative",
        "ReplaceComparisonOperator_Gt_GtE: if layer >= 0:": "the error sent back from the first layer is not used",
        "NumberReplacer: if layer > -1:": "the error sent back from the first layer is not used",
        "ReplaceTrueWithFalse: b_gradient = error.mean(axis=0, keepdims=False)": BROADCAST,
        "OmitKeyword: b_gradient = error.mean(axis=0)": BROADCAST,
        "DeleteStatement: 'ws, bs = (list(ws), list(bs))'": OWN_LIST,
        "ArgumentForCall: ws, bs = (ws, list(bs))": OWN_LIST,
        "ArgumentForCall: ws, bs = (list(ws), bs)": OWN_LIST,
        "ReplaceUnaryOperator_USub_Not: show_cost(epoch, epochs, cost_f(As[not 1], y))": PRINTED,
        "NumberReplacer: show_cost(epoch, epochs, cost_f(As[-0], y))": PRINTED,
        "DeleteStatement: 'show_cost(epoch, epochs, cost_f(As[-1], y))'": PRINTED,
        "ArgumentForCall: epoch": PRINTED,
        "ArgumentForCall: show_cost(epoch, epochs, As[-1])": PRINTED,
    },
}


def standard_mutants(code):
    """(operator, mutated code) by cosmic-ray; not by its two operators that put in random numbers."""
    for name in operator_names():
        if get_operator(name).arguments():
            continue
        for occurrence in itertools.count():
            mutated = mutate_code(code, get_operator(name)(), occurrence)
            if mutated is None:
                break
            yield name.removeprefix("core/"), mutated


def replacements(node):
    """(operator, other node) for a node of the syntax tree: what cosmic-ray leaves alone, above all calls and @."""
    match node:
        case ast.BinOp(left, op, right):
            yield "LeftOperandOnly", left
            yield "RightOperandOnly", right
            if not isinstance(op, ast.Add | ast.Mult):
                yield "SwapOperands", ast.BinOp(right, op, left)
        case ast.Call(func, args, keywords):
            for arg in args[:1]:
                yield "ArgumentForCall", arg
            for keyword in keywords:
                yield "OmitKeyword", ast.Call(func, args, [other for other in keywords if other is not keyword])
        case ast.Attribute(value):
            yield "OmitAttribute", value
        case ast.Assign() | ast.If() | ast.Return() | ast.Expr(ast.Call()):
            yield "DeleteStatement", ast.Expr(ast.Constant(ast.unparse(node)))  # a string does nothing


class Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


def structural_mutants(code):
    """(operator, mutated code) by replacing one node of the syntax tree."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        for operator, replacement in replacements(node):
            mutant, old, new = copy.deepcopy((tree, node, replacement))
            yield operator, ast.unparse(Replace(old, new).visit(mutant))


def mutants(code):
    """{mutated code: its name, made of the operator and the changed line}; without those that only look different."""
    plain = ast.unparse(ast.parse(code))
    named = {}
    for operator, mutant in [*standard_mutants(code), *structural_mutants(code)]:
        mutant = ast.unparse(ast.parse(mutant))
        changed = [new for new, old in zip(mutant.splitlines(), plain.splitlines(), strict=False) if new != old]
        if changed:
            named.setdefault(mutant, f"{operator}: {changed[0].strip()}")
    return named


class OutOfTime(BaseException):
    """Not an Exception: those end a check or a cell, this is to end the grading."""


@contextlib.contextmanager
def time_limit(seconds):
    def stop(*_):
        raise OutOfTime

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def checks_of(solution):
    """The graded cells between a solution cell and the next one, without the outcomes of trainings."""
    names = list(NOTEBOOK)[list(NOTEBOOK).index(solution) + 1 :]
    names = itertools.takewhile(lambda name: name not in SOLUTIONS, names)
    return [name for name in names if course.is_test(NOTEBOOK[name]) and name not in course.OUTCOMES]


def survives(solution, mutant):
    """Does a mutant pass the checks of its own function? None that never ends does."""
    for name in checks_of(solution):
        try:
            with time_limit(SECONDS):
                failures = course.grade(SOLUTIONS | {solution: mutant}, [name], NOTEBOOK)
        except OutOfTime:
            return False
        if failures[name]:
            return False
    return True


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_every_mutant_loses_points(solution):
    named = mutants(SOLUTIONS[solution])
    equivalent = EQUIVALENT.get(solution, {}).keys()
    survivors = {name for mutant, name in named.items() if survives(solution, mutant)}
    print(f"{solution}: {len(named)} mutants, {len(survivors)} survived, {len(equivalent)} are listed as equivalent")
    assert survivors - equivalent == set(), "not noticed by the checks of this function"
    assert equivalent - set(named.values()) == set(), "listed as equivalent, but there are no such mutants any more"
    assert equivalent - survivors == set(), "listed as equivalent, but points were lost"
