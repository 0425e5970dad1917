@ The write buffer hides it for a store.
@ expect: 2
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000002
        .balign 4
        isb
start:
        str     r0, [r1]
        add.w   r2, r2, #1
end:
        b       .
        .ltorg
