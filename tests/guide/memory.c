#include "guide.h"

int main(void)
{
    begin();
    load("guest.wasm");
    VM_ContextInstantiate(context, module, &guest, &error);
#include "from-the-host.c"
    WELL();
    CHECK(!strcmp(text, "hello"));
#include "from-the-host-2.c"
    VM_MemoryRead(context, memory, 1000, text, 5, &error);
    CHECK(!strcmp(text, "!!!!!"));
#include "passing-strings-to-guests.c"
    WELL();
    CHECK(length.of.i32 == 5);
    VM_MemoryRead(context, memory, (uint32_t)address.of.i32, text, 5, &error);
    CHECK(!strcmp(text, "hello"));
    CHECK(VM_MemoryRead(context, memory, 1 << 20, text, 5, &error));
    FAILED(VM_STATUS_OUT_OF_BOUNDS, "65536");
    end();
}
