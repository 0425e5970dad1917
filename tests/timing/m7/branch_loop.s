@ A loop of 40 instructions takes 20 cycles; its first and last branch are mispredicted.
@ expect: 206..212
@ source: jnk0le/random, pipeline cycle test, cortex_m7.md (STM32H743): 20 cycles a round, mispredict 6
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
        movs r4, #10
        .balign 8
        nop.w
        isb
start:
1:
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        nop.w
        subs.w  r4, r4, #1
        nop.w
        nop.w
        uxtb.w  r0, r0
        nop.w
        nop.w
        bne.w   1b
end:
        b       .
        .ltorg
