@ A load and a store on the bus take three cycles; a load after them starts then.
@ expect: 5
@ source: Arm DDI 0439D 3.3.2 (LDR; STR = 3) and table 3-1 (LDR = 2)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldr     r0, [r1]
        str     r0, [r1, #4]
        ldr     r2, [r1, #8]
end:
        b       .
        .ltorg
