@ LDRD pairs with nothing.
@ expect: 5
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldrd    r2, r3, [r1]
        ldr     r0, [r1]
end:
        b       .
        .ltorg
