@ A quotient of 32 bits takes the longest divide.
@ expect: 12
@ source: Arm DDI 0439D table 3-1, upper end; five of these and a loop measured 64 on an nRF52840 (devzone.nordicsemi.com 115859)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =0xFFFFFFFF
        ldr     r3, =1
        .balign 4
        isb
start:
        udiv    r0, r2, r3
end:
        b       .
        .ltorg
