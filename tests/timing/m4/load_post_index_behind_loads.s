@ Behind other loads, post-indexed loads on one base pair.
@ expect: 5
@ source: pornin/c-fn-dsa edbb5eb, mq_cm4.s (STM32F407, data in CCM): faster than two LDRD, which take 6
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x10000000
        ldr     r2, =0x10000100
        .balign 4
        isb
start:
        ldr     r5, [r1]
        ldr     r6, [r1, #4]
        ldr.w   r7, [r2], #4
        ldr.w   r8, [r2], #4
end:
        b       .
        .ltorg
