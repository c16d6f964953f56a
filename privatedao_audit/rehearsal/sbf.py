"""An assembler for SBF version 0, the bytecode of Solana programs.

Only what the stand-in program needs. An instruction is eight bytes: opcode, two register
nibbles, a signed 16-bit offset and a 32-bit immediate (a 64-bit constant takes two of them).
Source: the instruction set of anza-xyz/sbpf, which is Linux eBPF with Solana's call rules.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

WORD = 8
"""Bytes of one instruction, and of one register."""

_LOAD = {1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79}
_STORE = {1: 0x73, 2: 0x6B, 4: 0x63, 8: 0x7B}
_JUMP = {  # condition -> opcode with an immediate, opcode with a register; comparisons unsigned
    "==": (0x15, 0x1D),
    "!=": (0x55, 0x5D),
    ">": (0x25, 0x2D),
    ">=": (0x35, 0x3D),
    "<": (0xA5, 0xAD),
}
_EXTERNAL = 0xFFFFFFFF


@dataclass(frozen=True)
class Register:
    """r0 (results) to r10. r6 to r9 outlive a system call, r1 to r5 carry its arguments."""

    number: int


R0, R1, R2, R3, R4, R5, R6, R7, R8, R9 = (Register(number) for number in range(10))


@dataclass
class _Instruction:
    opcode: int
    target: int
    source: int
    offset: int
    immediate: int


@dataclass
class Assembler:
    """Collects instructions; `code` gives their bytes once every label is placed.

    `calls` and `constants` say what a linker must fill in: which instruction calls which system
    call, and which one loads the address of which offset in the read-only data.
    """

    calls: list[tuple[int, str]] = field(default_factory=list)
    constants: list[tuple[int, int]] = field(default_factory=list)
    _instructions: list[_Instruction] = field(default_factory=list)
    _labels: dict[str, int] = field(default_factory=dict)
    _jumps: list[tuple[int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        """Instructions so far."""
        return len(self._instructions)

    # Moves and arithmetic. An operand is a register or a signed 32-bit constant.

    def set(self, target: Register, value: Register | int) -> None:
        """target = value"""
        self._operate(0xB7, 0xBF, target, value)

    def add(self, target: Register, value: Register | int) -> None:
        """target += value"""
        self._operate(0x07, 0x0F, target, value)

    def subtract(self, target: Register, value: Register) -> None:
        """target -= value"""
        self._operate(0x17, 0x1F, target, value)

    def multiply(self, target: Register, value: int) -> None:
        """target *= value"""
        self._operate(0x27, 0x2F, target, value)

    def mask(self, target: Register, value: int) -> None:
        """target &= value (a constant is sign-extended to 64 bits)"""
        self._operate(0x57, 0x5F, target, value)

    def shift_right(self, target: Register, bits: int) -> None:
        """target >>= bits"""
        self._operate(0x77, 0x7F, target, bits)

    def set_wide(self, target: Register, value: int) -> None:
        """target = a 64-bit constant"""
        self._emit(0x18, target.number, 0, 0, value & 0xFFFFFFFF)
        self._emit(0, 0, 0, 0, value >> 32)

    def set_constant_address(self, target: Register, offset: int) -> None:
        """target = the address of the read-only data at `offset`, known once it is linked"""
        self.constants.append((len(self), offset))
        self.set_wide(target, 0)

    def place_address(self, at: int, address: int) -> None:
        """Fill in the address that the instruction `at` loads (see `constants`)."""
        self._instructions[at].immediate = address & 0xFFFFFFFF
        self._instructions[at + 1].immediate = address >> 32

    # Memory. Sizes are 1, 2, 4 or 8 bytes.

    def load(self, size: int, target: Register, base: Register, offset: int = 0) -> None:
        """target = the unsigned value of `size` bytes at base + offset"""
        self._emit(_LOAD[size], target.number, base.number, offset, 0)

    def store(self, size: int, base: Register, offset: int, value: Register) -> None:
        """the `size` bytes at base + offset = value"""
        self._emit(_STORE[size], base.number, value.number, offset, 0)

    # Control

    def label(self, name: str) -> None:
        """Name this place. Raises ValueError if the name is taken."""
        if name in self._labels:
            raise ValueError(f"label {name!r} stands twice")
        self._labels[name] = len(self)

    def jump(self, label: str) -> None:
        """Go to a label."""
        self._jumps.append((len(self), label))
        self._emit(0x05, 0, 0, 0, 0)

    def jump_if(self, left: Register, condition: str, right: Register | int, label: str) -> None:
        """Go to a label if `left` compares so with `right`; the comparison is unsigned."""
        self._jumps.append((len(self), label))
        with_constant, with_register = _JUMP[condition]
        self._operate(with_constant, with_register, left, right)

    def call(self, name: str) -> None:
        """A system call, by its name, such as sol_log_; the result is in r0."""
        self.calls.append((len(self), name))
        self._emit(0x85, 0, 0, 0, _EXTERNAL)

    def exit(self) -> None:
        """Leave the program; r0 is its result, 0 for success."""
        self._emit(0x95, 0, 0, 0, 0)

    def code(self) -> bytes:
        """The bytes of all instructions. Raises ValueError for a jump to an unknown label."""
        for at, label in self._jumps:
            if label not in self._labels:
                raise ValueError(f"a jump goes to {label!r}, which stands nowhere")
            self._instructions[at].offset = self._labels[label] - at - 1
        return b"".join(
            struct.pack(
                "<BBhI", one.opcode, one.target | one.source << 4, one.offset, one.immediate
            )
            for one in self._instructions
        )

    def _operate(
        self, with_constant: int, with_register: int, target: Register, value: Register | int
    ) -> None:
        if isinstance(value, Register):
            self._emit(with_register, target.number, value.number, 0, 0)
        else:
            self._emit(with_constant, target.number, 0, 0, value & 0xFFFFFFFF)

    def _emit(self, opcode: int, target: int, source: int, offset: int, immediate: int) -> None:
        self._instructions.append(_Instruction(opcode, target, source, offset, immediate))
