@ LDM of eight.
@ expect: 9
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldmia.w r1, {r2-r9}
end:
        b       .
        .ltorg
