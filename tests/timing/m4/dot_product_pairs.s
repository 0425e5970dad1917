@ Four loads in a row pair, whatever is multiplied afterwards, and SMLAD takes the value that was
@ loaded last without a stall.
@ expect: 7
@ source: Arm DDI 0439D 3.3.2; jnk0le/random, pipeline cycle test, cortex_m3m4.md; the same runs of loads and products in mupq/polymul-z2mx-m4
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r0, =0x20000000
        ldr     r1, =0x20000100
        movs    r2, #0
        .balign 4
        isb
start:
        ldr.w   r3, [r0]
        ldr.w   r4, [r1]
        ldr.w   r5, [r0, #4]
        ldr.w   r6, [r1, #4]
        smlad   r2, r3, r4, r2
        smlad   r2, r5, r6, r2
end:
        b       .
        .ltorg
