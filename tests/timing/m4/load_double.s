@ LDRD moves two words.
@ expect: 3
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldrd    r2, r3, [r1]
end:
        b       .
        .ltorg
