@ STM of eight.
@ expect: 9
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        stmia.w r1, {r2-r9}
end:
        b       .
        .ltorg
