@ LDM of three.
@ expect: 4
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldmia   r1, {r2, r3, r4}
end:
        b       .
        .ltorg
