@ An address from the early ALU beside an inline shift of its result.
@ expect: 2
@ source: jnk0le/random, pipeline cycle test, cortex_m7.md (STM32H743): this sequence does not stall
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
        movs r1, #12
        .balign 8
        nop.w
        isb
start:
        add.w   r0, r0, r2
        eor.w   r6, r0, r6, ror #22
        ldr.w   r4, [r8, r0]
        ldr.w   r5, [r8, r1]
end:
        b       .
        .ltorg
