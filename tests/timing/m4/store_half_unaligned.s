@ The write buffer hides it for a halfword, too.
@ expect: 2
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000001
        .balign 4
        isb
start:
        strh    r0, [r1]
        add.w   r2, r2, #1
end:
        b       .
        .ltorg
