@ A store with register offset pairs with a load before it.
@ expect: 3
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        movs    r3, #4
        .balign 4
        isb
start:
        ldr     r0, [r1]
        str     r2, [r1, r3]
end:
        b       .
        .ltorg
