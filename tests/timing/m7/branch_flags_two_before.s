@ Two cycles before are not enough.
@ expect: 11
@ source: jnk0le/random, pipeline cycle test, cortex_m7.md (STM32H743): the effect is not gradual
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r8, =0x20000100
        add     r9, r8, #0x104
        movs    r0, #0
        movs    r1, #0
        movs    r2, #8
        movs    r3, #3
        movs    r4, #4
        movs    r5, #5
        movs    r6, #6
        movs    r7, #7
        .balign 8
        nop.w
        isb
start:
        cmp     r0, r0
        nop.w
        nop.w
        nop.w
        nop.w
        beq.w   end
        nop.w
end:
        b       .
        .ltorg
