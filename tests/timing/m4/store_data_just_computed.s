@ The stored value may be computed just before.
@ expect: 2
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        add.w   r0, r0, #4
        str     r0, [r1]
end:
        b       .
        .ltorg
