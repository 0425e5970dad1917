@ Three loads pair.
@ expect: 4
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        movs    r4, #0
        .balign 4
        isb
start:
        ldr     r0, [r1, r4]
        ldr     r2, [r1, #4]
        ldr     r3, [r1, #8]
end:
        b       .
        .ltorg
