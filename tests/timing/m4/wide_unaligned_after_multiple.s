@ Three unaligned wide instructions right after one of several cycles cost one more.
@ expect: 10
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407), citing eprint.iacr.org 2025/523
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldmia   r1!, {r2-r6}
        add.w   r7, r7, #1
        add.w   r8, r8, #1
        add.w   r9, r9, #1
end:
        b       .
        .ltorg
