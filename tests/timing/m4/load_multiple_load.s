@ A load behind LDM does not pair.
@ expect: 5
@ source: Arm DDI 0439D 3.3.2 (LDM cannot be pipelined with following instructions)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldmia   r1, {r2, r3}
        ldr     r0, [r1]
end:
        b       .
        .ltorg
