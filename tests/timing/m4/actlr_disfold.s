@ With ACTLR.DISFOLD an IT takes a cycle of its own.
@ expect: 3
@ source: Arm DDI 0439D 4.2 and table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r0, =0xE000E008
        ldr     r2, =4
        str     r2, [r0]
        dsb
        .balign 4
        isb
start:
        cmp     r2, #0
        it      eq
        moveq   r0, r3
end:
        b       .
        .ltorg
