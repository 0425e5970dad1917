@ LDM does not pair with a load before it.
@ expect: 6
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldr     r0, [r1]
        ldmia   r1, {r2, r3, r4}
end:
        b       .
        .ltorg
