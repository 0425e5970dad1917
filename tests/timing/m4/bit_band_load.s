@ A load from the bit-band alias takes as long as any other.
@ expect: 2
@ source: Arm DDI 0439D 3.7 and table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x22000000
        .balign 4
        isb
start:
        ldr     r0, [r1]
end:
        b       .
        .ltorg
