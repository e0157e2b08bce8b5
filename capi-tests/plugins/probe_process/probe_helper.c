/* Serves the calls of the plug-in probe_process: reads requests from standard input, writes answers to standard output. */
#define _POSIX_C_SOURCE 200809L
#include "../probe_limits.h"
#include "frames.h"
#include <ctype.h>
#include <libvm/types.h>
#include <signal.h>
#include <string.h>

static VM_Value args[MOST_ARGS];
static char bytes[MOST_BYTES];
static int calls;

/* Computes the result; returns NULL, or the reason of a failure. */
static const char *serve(const char *name, VM_Value *result)
{
    calls += strcmp(name, "count") != 0 && strcmp(name, "pid") != 0;
    if (strcmp(name, "add") == 0)
        *result = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    else if (strcmp(name, "mul") == 0)
        *result = VM_ValueF64(args[0].of.f64 * args[1].of.f64);
    else if (strcmp(name, "count") == 0)
        *result = VM_ValueI32(calls);
    else if (strcmp(name, "pid") == 0)
        *result = VM_ValueI32((int32_t)getpid());
    else if (strcmp(name, "die") == 0)
        raise(SIGKILL);
    else if (strcmp(name, "divide") == 0) {
        if (args[1].of.i32 == 0 || (args[0].of.i32 == INT32_MIN && args[1].of.i32 == -1))
            return "the quotient is no number";
        *result = VM_ValueI32(args[0].of.i32 / args[1].of.i32);
    } else if (strcmp(name, "upper") == 0) {
        size_t from = args[0].of.buffer.size, room = args[1].of.buffer.size, i;
        for (i = 0; i < from && i < room; i++)
            bytes[from + i] = (char)toupper((unsigned char)bytes[i]);
        *result = VM_ValueI32((int32_t)i);
    } else if (strcmp(name, "sum") == 0) {
        int32_t sum = 0;
        for (size_t i = 0; i < args[0].of.buffer.size; i++)
            sum += (unsigned char)bytes[i];
        *result = VM_ValueI32(sum);
    } else if (strcmp(name, "poke") == 0) {
        bool fits = args[1].of.i32 >= 0 && (size_t)args[1].of.i32 < args[0].of.buffer.size;
        if (fits)
            bytes[args[1].of.i32] = 7;
        *result = VM_ValueI32(fits);
    } else if (strcmp(name, "bump") == 0) {
        for (size_t i = 0; i < args[0].of.buffer.size; i++)
            bytes[i]++;
        *result = VM_ValueI32((int32_t)args[0].of.buffer.size);
    } else
        return "there is no function of that name";
    return NULL;
}

int main(void)
{
    Frame request;
    while (read_all(0, &request, sizeof request) && request.values <= MOST_ARGS && request.bytes <= MOST_BYTES &&
           read_all(0, args, request.values * sizeof args[0]) && read_all(0, bytes, request.bytes)) {
        VM_Value result = { 0 };
        const char *why = serve(request.name, &result);
        Frame answer = { "", why != NULL, why ? 0 : 1, why ? (uint32_t)strlen(why) : request.bytes, 0 };
        if (!write_all(1, &answer, sizeof answer) || !write_all(1, &result, answer.values * sizeof result) ||
            !write_all(1, why ? why : bytes, answer.bytes))
            return 1;
    }
    return 0;
}
