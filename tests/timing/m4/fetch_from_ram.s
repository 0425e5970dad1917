@ From RAM the loop of subtract and branch takes four cycles a round, one more than from flash.
@ expect: 18
@ source: modm-io/modm, pull request 642 (4 cycles a round): four rounds that branch and 2 for the last
@ code: ram
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r0, #5
        .balign 4
        isb
start:
1:
        subs    r0, #1
        bne     1b
end:
        b       .
        .ltorg
