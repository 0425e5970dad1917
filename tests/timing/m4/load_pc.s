@ A load to PC takes five.
@ expect: 5
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        adr     r2, end
        adds    r2, #1
        str     r2, [r1]
        .balign 4
        isb
start:
        ldr     pc, [r1]
        .balign 4
end:
        b       .
        .ltorg
