@ BL to an aligned leaf and back with BX LR.
@ expect: 6..12
@ source: Arm DDI 0439D table 3-1 (1 + P each: BL, BX, B)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        bl      1f
        b       end
        .balign 4
1:
        bx      lr
        .balign 4
end:
        b       .
        .ltorg
