#include "guide.h"
#include "host-functions.c"
#include "numbers-without-types.c"

static VM_Status nothing(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    return VM_STATUS_OK;
}

/* The signatures of the table: the guest imports them as the table says. */
static void add_signatures(void)
{
    static const char *const table[] = { "()", "(ii)i", "(I)IF", "(<~>~)i" };
    VM_HostModule *host;

    VM_HostModuleCreate("signatures", &host, &error);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        VM_HostModuleAddFunction(host, table[i], table[i], nothing, NULL, NULL, &error);
    VM_ContextRegisterModule(context, host, &error);
    VM_HostModuleDelete(host);
}

/* A function without types, which the guest imports. */
static void add_numbers(void)
{
    VM_HostModule *host;

    VM_HostModuleCreate("numbers", &host, &error);
#include "numbers-without-types-2.c"
    VM_ContextRegisterModule(context, host, &error);
    VM_HostModuleDelete(host);
}

int main(void)
{
    VM_HostModule *host;
    VM_Value letter = VM_ValueI32('a'), result;

    begin();
#include "host-functions-2.c"
    add_signatures();
    add_numbers();
    load("guest.wasm");
    VM_ContextInstantiate(context, module, &guest, &error);
    VM_ContextExecute(context, guest, "run", &letter, 1, &result, 1, &error);
    WELL();
    CHECK(result.of.i32 == 3 && calls == 1);
    VM_ContextExecute(context, guest, "sum", NULL, 0, &result, 1, &error);
    CHECK(result.of.i32 == 42);
    letter = VM_ValueI32(200);
    VM_ContextExecute(context, guest, "run", &letter, 1, &result, 1, &error);
    FAILED(VM_STATUS_INVALID_ARGUMENT, "the letter must be ASCII");
    end();
}
