@ A register offset costs nothing more.
@ expect: 2
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        movs    r2, #4
        .balign 4
        isb
start:
        ldr     r0, [r1, r2]
end:
        b       .
        .ltorg
