/* Memories used by the host: copies and spans in and out of bounds, growth, types. */
#include "test.h"

enum { PAGE = 65536 };

static VM_Context *context;
static VM_Memory memory;

static void copies(void)
{
    uint8_t bytes[6] = { 9, 9, 9, 9, 9, 9 };
    CHECK_OK(VM_MemoryRead(context, memory, 8, bytes, 4, &error));
    CHECK(memcmp(bytes, "\1\2\3\4\x9\x9", 6) == 0);
    CHECK_OK(VM_MemoryWrite(context, memory, 9, "\xff", 1, &error));
    CHECK_INT(run(context, "load", VALUES(VM_ValueI32(8))), 0x0403ff01);
    CHECK_OK(VM_MemoryWrite(context, memory, PAGE - 2, "xy", 2, &error));
    CHECK_OK(VM_MemoryRead(context, memory, PAGE - 2, bytes, 2, &error));
    CHECK(memcmp(bytes, "xy", 2) == 0);
    CHECK_OK(VM_MemoryRead(context, memory, PAGE, bytes, 0, &error));
}

static void spans(void)
{
    VM_Buffer span = { NULL, 0 }, last;
    CHECK_OK(VM_MemoryGetSpan(context, memory, 100, 50, &span, &error));
    CHECK_INT(span.size, 50);
    memset(span.data, 0x11, span.size);
    CHECK_INT(run(context, "load", VALUES(VM_ValueI32(146))), 0x11111111);
    CHECK_INT(run(context, "load", VALUES(VM_ValueI32(147))), 0x00111111);
    CHECK_OK(VM_MemoryGetSpan(context, memory, 0, PAGE, &span, &error));
    CHECK_INT(span.data[100], 0x11);
    CHECK_OK(VM_MemoryGetSpan(context, memory, PAGE, 0, &last, &error));
    CHECK(last.size == 0);
    /* The source of a copy may be the memory itself. */
    CHECK_OK(VM_MemoryWrite(context, memory, 8, span.data + 9, 3, &error));
    CHECK_INT(run(context, "load", VALUES(VM_ValueI32(8))), 0x040403ff);
}

static void out_of_bounds(void)
{
    const struct {
        uint64_t address;
        uint64_t size;
    } outside[] = { { PAGE, 1 },       { PAGE - 1, 2 },      { PAGE + 1, 0 },          { 0, PAGE + 1 },     { UINT64_MAX, 1 },
                    { UINT64_MAX, 0 }, { UINT64_MAX - 7, 8 }, { UINT64_MAX - 7, 16 },   { 1, UINT64_MAX },   { UINT32_MAX, 1 },
                    { (uint64_t)1 << 32, 0 }, { (uint64_t)1 << 63, (uint64_t)1 << 63 } };
    uint8_t bytes[16] = { 5 };
    VM_Buffer span = { bytes, 3 };
    char message[200];
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        snprintf(message, sizeof message, "%llu byte%s at address %llu: outside of the memory of 65536 bytes",
                 (unsigned long long)outside[i].size, outside[i].size == 1 ? "" : "s", (unsigned long long)outside[i].address);
        CHECK_STATUS(VM_MemoryGetSpan(context, memory, outside[i].address, outside[i].size, &span, &error),
                     VM_STATUS_OUT_OF_BOUNDS, message);
        CHECK_STATUS(VM_MemoryRead(context, memory, outside[i].address, bytes, (size_t)outside[i].size, &error),
                     VM_STATUS_OUT_OF_BOUNDS, message);
        CHECK_STATUS(VM_MemoryWrite(context, memory, outside[i].address, bytes, (size_t)outside[i].size, &error),
                     VM_STATUS_OUT_OF_BOUNDS, message);
        CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_MEMORY_OUT_OF_BOUNDS);
    }
    CHECK(span.data == bytes && span.size == 3 && bytes[0] == 5);
    CHECK_OK(VM_MemoryRead(context, memory, PAGE - 1, bytes, 1, &error));
    CHECK_INT(bytes[0], 'y'); /* nothing was written in part */
}

static void grows(void)
{
    uint64_t size = 0, former = 0;
    VM_MemoryType type = VM_MEMORYTYPE_INIT;
    VM_Buffer span;
    CHECK_OK(VM_MemoryGetType(context, memory, &type, &error));
    CHECK(type.minimum == 1 && type.has_maximum && type.maximum == 3 && !type.is_64);
    CHECK_OK(VM_MemoryGetSize(context, memory, &size, &error));
    CHECK_INT(size, PAGE);
    CHECK_OK(VM_MemoryGrow(context, memory, 1, &former, &error));
    CHECK_INT(former, 1);
    CHECK_OK(VM_MemoryWrite(context, memory, 2 * PAGE - 4, "\1\0\0\0", 4, &error));
    CHECK_INT(run(context, "load", VALUES(VM_ValueI32(2 * PAGE - 4))), 1);
    CHECK_INT(run(context, "grow", NO_VALUES), 2);
    CHECK_OK(VM_MemoryGetSize(context, memory, &size, &error));
    CHECK_INT(size, 3 * PAGE);
    CHECK_OK(VM_MemoryGetSpan(context, memory, 0, 3 * PAGE, &span, &error));
    CHECK_INT(span.data[2 * PAGE - 4], 1);
    const uint64_t too_many[] = { 1, 65536, UINT32_MAX, UINT64_MAX, (uint64_t)1 << 48 };
    for (int i = 0; i < 5; i++)
        CHECK_STATUS(VM_MemoryGrow(context, memory, too_many[i], &former, &error), VM_STATUS_LIMIT,
                     ": its type allows 3 pages");
    CHECK_STATUS(VM_MemoryGrow(context, memory, 2, &former, &error), VM_STATUS_LIMIT,
                 "the memory of 3 pages cannot grow by 2: its type allows 3 pages");
    CHECK_INT(former, 1);
    CHECK_OK(VM_MemoryGetType(context, memory, &type, &error));
    CHECK_INT(type.minimum, 1); /* as it was declared */
}

int main(void)
{
    VM_Engine *engine = new_engine();
    context = new_context(engine);
    instantiate(engine, context, GUEST("exports"));
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    copies();
    spans();
    out_of_bounds();
    grows();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
