/* One interpreter, as the measurements see it: each is a shared library of its own that defines `peer`. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

/* Room for why something failed. */
enum { WHY = 256 };

typedef struct Peer {
    /* Loads and validates a module, which contexts can then share; the bytes stay. NULL on failure. */
    void *(*prepare)(const uint8_t *wasm, size_t size, char *why);
    /* Makes a context with an instance of the module. The import `host.f` adds two i32; other imports trap. NULL on failure. */
    void *(*instantiate)(void *prepared, char *why);
    /* Calls the export `run`, which takes an i32 and gives an i64. */
    uint64_t (*run)(void *context, uint32_t n);
    /* Calls the export `f`, which adds two i32, so many times, and gives the sum. */
    uint64_t (*call)(void *context, uint32_t n);
    void (*close)(void *context);
    void (*release)(void *prepared);
} Peer;

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const Peer peer;

#endif
