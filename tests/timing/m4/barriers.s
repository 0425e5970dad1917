@ DMB and DSB with nothing outstanding.
@ expect: 2
@ source: Arm DDI 0439D table 3-1, minimum
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        dmb
        dsb
end:
        b       .
        .ltorg
