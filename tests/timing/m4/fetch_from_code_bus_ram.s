@ RAM below 0x20000000 is fetched over the instruction bus and takes three.
@ expect: 14
@ source: modm-io/modm, pull request 642; Arm DDI 0439D 2.3 (ICode below 0x20000000)
@ code: ccm
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
