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
#include "calls-without-types.c"
    WELL();
    CHECK(values[0].i32 == 42);
    VM_PreparedCallDelete(prepared);
    end();
}
