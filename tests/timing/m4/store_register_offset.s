@ A store with register offset takes two.
@ expect: 2
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        movs    r2, #4
        .balign 4
        isb
start:
        str     r0, [r1, r2]
end:
        b       .
        .ltorg
