@ Loads of bytes and halfwords pair as words do.
@ expect: 5
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldrb    r0, [r1]
        ldrh    r2, [r1, #2]
        ldrb    r3, [r1, #3]
        ldrh    r4, [r1, #4]
end:
        b       .
        .ltorg
