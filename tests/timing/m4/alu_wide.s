@ Wide data processing in aligned words takes a cycle each.
@ expect: 6
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        add.w   r0, r2, r3
        sub.w   r2, r3, #16
        movw    r4, #1234
        movt    r4, #4321
        adc.w   r5, r2, r3
        rsb     r6, r2, #0
end:
        b       .
        .ltorg
