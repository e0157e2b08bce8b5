#include "guide.h"

int main(void)
{
    VM_PreparedCall *prepared = NULL;
    VM_Func func;

    begin();
    load("guest.wasm");
    VM_ContextInstantiate(context, module, &guest, &error);
    VM_InstanceFindFunction(context, guest, "add", &func, &error);
    WELL();
#include "the-cache.c"
    WELL();
    CHECK(tier == VM_TIER_INTERPRETER || done.compilations + done.cache_hits > 0);
#include "calls-without-types.c"
    WELL();
    CHECK(values[0].i32 == 42);
#include "calls-without-types-2.c"
    WELL();
    CHECK(VM_ContextLeave(context, NULL) == VM_STATUS_INVALID_ARGUMENT);
    VM_PreparedCallDelete(prepared);
    end();
}
