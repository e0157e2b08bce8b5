/* What is measured, in C: a guest that calls the host and a host that calls the guest, through one library's C API. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/* The signatures, in the order of src/signature.rs. */
enum Signature { NOTHING, I_I, II_I, IIIIII_I64, FF_F64, MIXED, VECTOR, SIGNATURES };

typedef struct Bench Bench;

/* One library. */
typedef struct Driver {
    /* Instantiates a guest whose import has the signature; NULL when the library has no such type. */
    Bench *(*open)(int32_t signature, const uint8_t *wasm, size_t size);
    /* Lets the guest call the host `n` times, and gives what the calls summed up to. */
    uint64_t (*guest_to_host)(Bench *bench, uint32_t n);
    /* Calls the guest `n` times. */
    uint64_t (*host_to_guest)(Bench *bench, uint32_t n);
    void (*close)(Bench *bench);
} Driver;

extern const Driver libvm_driver, wasmi_driver;

/* Between these two, callgrind counts instructions; 0 when the program was built without callgrind's header. */
int32_t count_begin(void);
void count_end(void);

#endif
