@ Two loads pair.
@ expect: 3
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
        ldr     r2, [r1, #4]
end:
        b       .
        .ltorg
