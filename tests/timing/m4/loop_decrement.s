@ Subtract and branch take three cycles a round.
@ expect: 14
@ source: modm-io/modm pull request 642: 3 cycles a round from a zero-wait instruction bus; rust-embedded/cortex-m issue 325: 3 on an nRF52840 and an STM32L433; the last round saves the refill
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r0, #5
        .balign 4
        isb
start:
1:      subs    r0, #1
        bne     1b
end:
        b       .
