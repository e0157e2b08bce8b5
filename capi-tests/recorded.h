/* Shared by the tests of recordings: recordings in memory, and comparisons of memories. */
#ifndef LIBVM_RECORDED_H
#define LIBVM_RECORDED_H

#include "plugin_files.h"

/* A recording in memory. */
typedef struct Bytes {
    uint8_t *data;
    size_t size, most; /* Writing fails after so many; 0: never. */
} Bytes;

static inline VM_Status VM_CALL keep_bytes(void *user, const uint8_t *data, size_t size)
{
    Bytes *bytes = user;
    if (bytes->most && bytes->size + size > bytes->most)
        return VM_STATUS_IO;
    bytes->data = realloc(bytes->data, bytes->size + size);
    SURE(bytes->data);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return VM_STATUS_OK;
}

/* A hash of the memory `memory` of the latest instance. */
static inline uint64_t memory_hash(VM_Context *context)
{
    uint64_t hash = 14695981039346656037u, size = 0;
    VM_Memory memory;
    VM_Buffer span;
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryGetSize(context, memory, &size, &error));
    NEED(VM_MemoryGetSpan(context, memory, 0, size, &span, &error));
    for (size_t i = 0; i < span.size; i++)
        hash = (hash ^ span.data[i]) * 1099511628211u;
    return hash ^ size;
}

static inline void same_memory(VM_Context *one, VM_Context *other)
{
    CHECK(memory_hash(one) == memory_hash(other));
}

#endif
