@ An unaligned load and one that pairs with it.
@ expect: 4
@ source: Arm DDI 0439D 3.3.2 (one access more, then the pairing)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000002
        ldr     r4, =0x20000010
        .balign 4
        isb
start:
        ldr     r0, [r1]
        ldr     r2, [r4]
end:
        b       .
        .ltorg
