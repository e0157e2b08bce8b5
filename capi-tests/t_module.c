/* Modules: imports, exports, custom sections. */
#include "test.h"

static VM_Module *module;

static void check_function(const VM_ExternType *type)
{
    static const VM_ValType params[] = { VM_VALTYPE_I32,  VM_VALTYPE_I64,     VM_VALTYPE_F32,      VM_VALTYPE_F64,
                                         VM_VALTYPE_V128, VM_VALTYPE_FUNCREF, VM_VALTYPE_EXTERNREF };
    static const VM_ValType results[] = { VM_VALTYPE_F64, VM_VALTYPE_I32 };
    size_t count = 0;
    CHECK_INT(type->kind, VM_EXTERN_FUNC);
    const VM_ValType *found = VM_FuncTypeGetParams(type->function, &count);
    CHECK(count == 7 && memcmp(found, params, sizeof params) == 0);
    found = VM_FuncTypeGetResults(type->function, &count);
    CHECK(count == 2 && memcmp(found, results, sizeof results) == 0);
}

static void check_memory(const VM_ExternType *type, uint64_t minimum, bool has_maximum, uint64_t maximum, bool is_64)
{
    CHECK_INT(type->kind, VM_EXTERN_MEMORY);
    CHECK(type->function == NULL);
    CHECK_INT(type->memory->minimum, minimum);
    CHECK_INT(type->memory->has_maximum, has_maximum);
    CHECK(!has_maximum || type->memory->maximum == maximum);
    CHECK_INT(type->memory->is_64, is_64);
    CHECK_INT(type->memory->page_size, 65536);
}

static void check_table(const VM_ExternType *type, VM_ValType element, uint64_t minimum, bool has_maximum, uint64_t maximum,
                        bool is_64)
{
    CHECK_INT(type->kind, VM_EXTERN_TABLE);
    CHECK_INT(type->table->element, element);
    CHECK_INT(type->table->minimum, minimum);
    CHECK_INT(type->table->has_maximum, has_maximum);
    CHECK(!has_maximum || type->table->maximum == maximum);
    CHECK_INT(type->table->is_64, is_64);
}

static void check_global(const VM_ExternType *type, VM_ValType content, bool is_mutable)
{
    CHECK_INT(type->kind, VM_EXTERN_GLOBAL);
    CHECK_INT(type->global->content, content);
    CHECK_INT(type->global->is_mutable, is_mutable);
}

static const VM_Import *import_at(size_t index, const char *name)
{
    const VM_Import *import = VM_ModuleGetImport(module, index);
    CHECK_TEXT(import->name, name);
    CHECK_INT(import->name_size, strlen(name));
    return import;
}

static void imports(void)
{
    CHECK_INT(VM_ModuleGetImportCount(module), 8);
    const VM_Import *import = import_at(0, "func");
    CHECK_TEXT(import->module, "env");
    CHECK_INT(import->module_size, 3);
    check_function(import->type);
    check_memory(import_at(1, "memory")->type, 2, true, 5, false);
    check_memory(import_at(2, "memory64")->type, 1, false, 0, true);
    check_table(import_at(3, "table")->type, VM_VALTYPE_EXTERNREF, 3, true, 7, false);
    check_table(import_at(4, "table64")->type, VM_VALTYPE_FUNCREF, 1, false, 0, true);
    check_global(import_at(5, "constant")->type, VM_VALTYPE_F32, false);
    check_global(import_at(6, "mutable")->type, VM_VALTYPE_EXTERNREF, true);
    import = import_at(7, "");
    CHECK(import->module_size == 3 && memcmp(import->module, "a\0b", 4) == 0);
    CHECK_INT(import->type->kind, VM_EXTERN_FUNC);
    CHECK(VM_ModuleGetImport(module, 8) == NULL);
    CHECK(VM_ModuleGetImport(module, SIZE_MAX) == NULL);
    CHECK(VM_ModuleGetImport(module, 7) == import);
}

static const VM_Export *export_at(size_t index, const char *name)
{
    const VM_Export *export = VM_ModuleGetExport(module, index);
    CHECK_TEXT(export->name, name);
    CHECK_INT(export->name_size, strlen(name));
    return export;
}

static void exports(void)
{
    CHECK_INT(VM_ModuleGetExportCount(module), 9);
    const VM_Export *export = export_at(0, "e0 func");
    check_function(export->type);
    export = export_at(1, "e1 memory");
    check_memory(export->type, 2, true, 5, false);
    export = export_at(2, "e2 memory64");
    check_memory(export->type, 1, false, 0, true);
    export = export_at(3, "e3 table");
    check_table(export->type, VM_VALTYPE_EXTERNREF, 3, true, 7, false);
    export = export_at(4, "e4 table64");
    check_table(export->type, VM_VALTYPE_FUNCREF, 1, false, 0, true);
    export = export_at(5, "e5 constant");
    check_global(export->type, VM_VALTYPE_F32, false);
    export = export_at(6, "e6 mutable");
    check_global(export->type, VM_VALTYPE_EXTERNREF, true);
    export = VM_ModuleGetExport(module, 7);
    CHECK(export->name_size == 6 && memcmp(export->name, "e7\0nul", 7) == 0);
    export = export_at(8, "\xc3\xbc\xf0\x9f\x8c\x99");
    CHECK_INT(export->type->kind, VM_EXTERN_FUNC);
    CHECK(VM_ModuleGetExport(module, 9) == NULL);
}

static void custom_sections(void)
{
    static const struct {
        const char *name, *data;
        size_t size;
    } expected[] = { { "first", "\0\1\2", 3 }, { "", "", 0 }, { "first", "again", 5 } };
    size_t found = 0, count = VM_ModuleGetCustomSectionCount(module);
    for (size_t i = 0; i < count; i++) {
        const VM_CustomSection *section = VM_ModuleGetCustomSection(module, i);
        if (section->name.size == 4 && memcmp(section->name.data, "name", 4) == 0)
            continue; /* written by the text format converter */
        CHECK(found < 3);
        if (found < 3) {
            CHECK(section->name.size == strlen(expected[found].name) &&
                  memcmp(section->name.data, expected[found].name, section->name.size) == 0);
            CHECK(section->data.size == expected[found].size && memcmp(section->data.data, expected[found].data, section->data.size) == 0);
        }
        found++;
    }
    CHECK_INT(found, 3);
    CHECK(VM_ModuleGetCustomSection(module, count) == NULL);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    size_t size;
    uint8_t *bytes = read_file(GUEST("shapes"), &size);
    CHECK_OK(VM_ModuleValidate(engine, bytes, size, &error));
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            NEED(VM_ModuleLoadFromBuffer(engine, bytes, size, &module, &error));
        else
            module = load(engine, GUEST("shapes"));
        memset(bytes, 0, size); /* not needed once it is loaded */
        imports();
        exports();
        custom_sections();
        VM_ModuleDelete(module);
    }
    free(bytes);
    VM_EngineDelete(engine);
    return finish();
}
