@ With the vector table in RAM its read and the fetch of the handler follow the stacking.
@ expect: 19
@ source: Arm knowledge base, article 103489845 (9 cycles of stacking and 6 of vector and handler, one after the other on one bus); SVC counted as one
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r0, =0xE000ED08
        ldr     r1, =0x20000400
        str     r1, [r0]
        ldr     r2, =vector_11
        adds    r2, #1
        str     r2, [r1, #44]
        dsb
        .balign 4
        isb
start:
        svc     #0
        b       .
        .balign 4
vector_11:
end:
        b       .
        .ltorg
