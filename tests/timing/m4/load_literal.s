@ A literal load may lose a cycle to the fetch unit.
@ expect: 2..3
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        nop
        .balign 4
        isb
start:
        ldr     r0, =0x12345678
end:
        b       .
        .ltorg
