/* wasm3. Nothing of a module can be shared, so that each context parses it again; functions are compiled when they are called
   first, and not validated. */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <wasm3.h>

typedef struct Prepared {
    const uint8_t *wasm;
    size_t size;
} Prepared;

typedef struct Context {
    IM3Environment environment;
    IM3Runtime runtime;
    IM3Function run, f;
} Context;

static void check(M3Result result)
{
    if (result) {
        fprintf(stderr, "wasm3: %s\n", result);
        abort();
    }
}

static const void *add(IM3Runtime runtime, IM3ImportContext import, uint64_t *stack, void *memory)
{
    (void)runtime, (void)import, (void)memory;
    /* A place for the result, then the arguments. */
    *(int32_t *)stack = (int32_t)(*(uint32_t *)(stack + 1) + *(uint32_t *)(stack + 2));
    return NULL;
}

static void *prepare(const uint8_t *wasm, size_t size, char *why)
{
    Prepared *prepared = calloc(1, sizeof *prepared);
    if (!prepared)
        abort();
    (void)why;
    prepared->wasm = wasm;
    prepared->size = size;
    return prepared;
}

static void close(void *pointer)
{
    Context *context = pointer;
    m3_FreeRuntime(context->runtime);
    m3_FreeEnvironment(context->environment);
    free(context);
}

static void *instantiate(void *pointer, char *why)
{
    Prepared *prepared = pointer;
    Context *context = calloc(1, sizeof *context);
    IM3Module module = NULL;
    if (!context)
        abort();
    context->environment = m3_NewEnvironment();
    context->runtime = m3_NewRuntime(context->environment, 64 * 1024, NULL);
    M3Result result = m3_ParseModule(context->environment, &module, prepared->wasm, (uint32_t)prepared->size);
    if (!result) {
        result = m3_LoadModule(context->runtime, module);
        if (result)
            m3_FreeModule(module);
    }
    if (result) {
        snprintf(why, WHY, "%s", result);
        close(context);
        return NULL;
    }
    m3_LinkRawFunction(module, "host", "f", "i(ii)", add);
    m3_FindFunction(&context->run, context->runtime, "run");
    m3_FindFunction(&context->f, context->runtime, "f");
    return context;
}

static uint64_t run(void *pointer, uint32_t n)
{
    Context *context = pointer;
    uint64_t result = 0;
    const void *args[] = { &n }, *results[] = { &result };
    check(m3_Call(context->run, 1, args));
    check(m3_GetResults(context->run, 1, results));
    return result;
}

static uint64_t call(void *pointer, uint32_t n)
{
    Context *context = pointer;
    int32_t sum = 0;
    uint32_t i;
    const void *args[] = { &sum, &i }, *results[] = { &sum };
    for (i = 0; i < n; i++) {
        check(m3_Call(context->f, 2, args));
        check(m3_GetResults(context->f, 1, results));
    }
    return (uint64_t)sum;
}

static void release(void *pointer)
{
    free(pointer);
}

const Peer peer = { prepare, instantiate, run, call, close, release };
