@ A word on an odd byte takes two more.
@ expect: 4
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000001
        .balign 4
        isb
start:
        ldr     r0, [r1]
end:
        b       .
        .ltorg
