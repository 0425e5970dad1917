@ The most negative number divided by one.
@ expect: 12
@ source: Arm DDI 0439D table 3-1, upper end
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =0x80000000
        ldr     r3, =1
        .balign 4
        isb
start:
        sdiv    r0, r2, r3
end:
        b       .
        .ltorg
