/* Types of functions: created, read, refused. */
#include "test.h"

static const VM_ValType all[] = { VM_VALTYPE_I32,  VM_VALTYPE_I64,     VM_VALTYPE_F32,      VM_VALTYPE_F64,
                                  VM_VALTYPE_V128, VM_VALTYPE_FUNCREF, VM_VALTYPE_EXTERNREF };

static void made_and_read(void)
{
    VM_FuncType *type = NULL;
    VM_ValType copy[7];
    size_t count = 0;
    memcpy(copy, all, sizeof all);
    CHECK_OK(VM_FuncTypeCreate(copy, 7, copy + 3, 2, &type, &error));
    memset(copy, 0, sizeof copy);
    const VM_ValType *found = VM_FuncTypeGetParams(type, &count);
    CHECK(count == 7 && memcmp(found, all, sizeof all) == 0);
    found = VM_FuncTypeGetResults(type, &count);
    CHECK(count == 2 && found[0] == VM_VALTYPE_F64 && found[1] == VM_VALTYPE_V128);
    VM_FuncTypeDelete(type);
}

static void refused(void)
{
    const VM_ValType bad[] = { VM_VALTYPE_NONE, VM_VALTYPE_BUFFER, 9, 0x7f, UINT32_MAX };
    const char *messages[] = { "no value is not allowed in a type", "a value of the unknown type 8 is not allowed in a type",
                               "a value of the unknown type 9 is not allowed", "a value of the unknown type 127 is not allowed",
                               "a value of the unknown type 4294967295 is not allowed" };
    VM_FuncType *type = NULL;
    for (int i = 0; i < 5; i++) {
        VM_ValType types[] = { VM_VALTYPE_I32, bad[i] };
        CHECK_STATUS(VM_FuncTypeCreate(types, 2, NULL, 0, &type, &error), VM_STATUS_INVALID_ARGUMENT, messages[i]);
        CHECK_STATUS(VM_FuncTypeCreate(NULL, 0, types, 2, &type, &error), VM_STATUS_INVALID_ARGUMENT, messages[i]);
    }
    CHECK(type == NULL);
}

static void as_many_as_wasm_allows(void)
{
    VM_FuncType *type = NULL;
    VM_ValType many[1001];
    size_t count = 0;
    for (int i = 0; i < 1001; i++)
        many[i] = all[i % 7];
    CHECK_OK(VM_FuncTypeCreate(many, 1000, many, 1000, &type, &error));
    const VM_ValType *found = VM_FuncTypeGetResults(type, &count);
    CHECK(count == 1000 && memcmp(found, many, 1000 * sizeof *many) == 0);
    VM_FuncTypeDelete(type);
    type = NULL;
    CHECK_STATUS(VM_FuncTypeCreate(many, 1001, NULL, 0, &type, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a function type can have at most 1000 parameters and 1000 results");
    CHECK_STATUS(VM_FuncTypeCreate(NULL, 0, many, 1001, &type, &error), VM_STATUS_INVALID_ARGUMENT, "at most 1000");
    CHECK_STATUS(VM_FuncTypeCreate(many, SIZE_MAX, NULL, 0, &type, &error), VM_STATUS_INVALID_ARGUMENT,
                 "params cannot have the size");
    CHECK(type == NULL);
}

int main(void)
{
    made_and_read();
    refused();
    as_many_as_wasm_allows();
    return finish();
}
