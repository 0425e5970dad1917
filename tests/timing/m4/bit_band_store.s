@ The core does not wait for a store to the bit-band alias.
@ expect: 2
@ source: Arm DDI 0439D 3.7 (read-modify-write on the bus, the core goes on)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x22000000
        .balign 4
        isb
start:
        str     r0, [r1]
        add.w   r2, r2, #1
end:
        b       .
        .ltorg
