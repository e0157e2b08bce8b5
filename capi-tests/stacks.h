/* For tests of the stacks that callbacks run on. */
#ifndef STACKS_H
#define STACKS_H

#define _GNU_SOURCE
#include "plugin_files.h"
#include <pthread.h>

enum { ROOM = 200 << 10 };

/* Whether this is called on the stack of its thread. */
static inline bool on_thread_stack(void)
{
    pthread_attr_t attributes;
    void *start = NULL;
    size_t size = 0;
    char here = 0;
    SURE(pthread_getattr_np(pthread_self(), &attributes) == 0);
    SURE(pthread_attr_getstack(&attributes, &start, &size) == 0);
    pthread_attr_destroy(&attributes);
    return (uintptr_t)&here - (uintptr_t)start < size;
}

/* Writes to as much of the stack as each callback has. */
static inline int fill(void)
{
    volatile char room[ROOM];
    for (size_t i = 0; i < sizeof room; i += 1024)
        room[i] = (char)i;
    return room[ROOM - 1024];
}

#endif
