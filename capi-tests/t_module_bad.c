/* Invalid modules: other files, text, damaged bytes, and every prefix of a valid module. */
#include "test.h"

static VM_Engine *engine;

static void refused(const char *bytes, size_t size, VM_Status status, const char *message)
{
    VM_Module *module = NULL;
    CHECK_STATUS(VM_ModuleLoadFromBuffer(engine, (const uint8_t *)bytes, size, &module, &error), status, message);
    CHECK(module == NULL);
    CHECK_STATUS(VM_ModuleValidate(engine, (const uint8_t *)bytes, size, &error), status, message);
}

static void broken_bytes(void)
{
    refused("", 0, VM_STATUS_BAD_MODULE, "the module is not valid: it is empty");
    refused("hello", 5, VM_STATUS_BAD_MODULE, "it begins with \"hello\" and not with \"\\x00asm\"");
    refused("\0as", 3, VM_STATUS_BAD_MODULE, "unexpected end");
    refused("\0asm", 4, VM_STATUS_BAD_MODULE, "unexpected end");
    refused("\0asm\2\0\0\0", 8, VM_STATUS_BAD_MODULE, "version");
    refused("\0asm\1\0\0\0\x0c\xff\xff\xff\xff\x0f", 14, VM_STATUS_BAD_MODULE, "the module is not valid");
    refused("\0asm\1\0\0\0\1\x05\xff\xff\xff\xff\x0f", 15, VM_STATUS_LIMIT, "the module exceeds a limit that no option changes");
    refused("\x7f" "ELF\2\1\1\0", 8, VM_STATUS_BAD_MODULE, "it is an ELF file, as programs and plug-ins are");
    refused("libvm\0cc\1\0", 10, VM_STATUS_BAD_MODULE, "it is compiled code, which is loaded with its module (VM_ModuleLoadCompiled");
    refused("\0asm\x0d\0\1\0", 8, VM_STATUS_BAD_MODULE, "it is a component; libvm only runs core modules");
}

static void text(void)
{
    const char *texts[] = { "(module)", " \n\t(module (func))", ";; a comment\n(module)", "(; a comment ;)(module)", "(component)" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        refused(texts[i], strlen(texts[i]), VM_STATUS_TEXT_FORMAT,
                "this is the text format; run wat2wasm, or build libvm with the cargo feature `wat`");
}

static void files(void)
{
    VM_Module *module = NULL;
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, LIBVM_TEST_DATA "/missing.wasm", &module, &error), VM_STATUS_FILE_NOT_FOUND,
                 "cannot read the wasm file " LIBVM_TEST_DATA "/missing.wasm: ");
    CHECK_TEXT(VM_ErrorGetPath(error), LIBVM_TEST_DATA "/missing.wasm");
    CHECK(VM_ErrorGetOsError(error) != 0);
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, LIBVM_TEST_DATA, &module, &error), VM_STATUS_IO, "cannot read the wasm file");
    CHECK_TEXT(VM_ErrorGetPath(error), LIBVM_TEST_DATA);
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, "", &module, &error), VM_STATUS_FILE_NOT_FOUND, "file \"\": ");
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, __FILE__, &module, &error), VM_STATUS_BAD_MODULE, __FILE__ ": the module is not valid");
    CHECK_TEXT(VM_ErrorGetPath(error), __FILE__);
    CHECK(module == NULL);
}

/* Whether a section ends at `size`: what lies before may be a whole module of its own. */
static bool ends_with_a_section(const uint8_t *bytes, size_t size)
{
    size_t at = 8;
    while (at < size) {
        size_t length = 0;
        int shift = 0;
        at++;
        do {
            length |= (size_t)(bytes[at] & 0x7f) << shift;
            shift += 7;
        } while (bytes[at++] & 0x80);
        at += length;
    }
    return at == size;
}

static void every_beginning(const char *path)
{
    size_t size, whole = 0;
    uint8_t *bytes = read_file(path, &size);
    CHECK_OK(VM_ModuleValidate(engine, bytes, size, &error));
    for (size_t length = 0; length < size; length++) {
        VM_Module *module = NULL;
        uint8_t *cut = malloc(length + 1); /* of its own, so that reading past the end is found out */
        VM_Error *why = NULL;
        memcpy(cut, bytes, length);
        VM_Status status = VM_ModuleLoadFromBuffer(engine, cut, length, &module, &why);
        CHECK_INT(VM_ModuleValidate(engine, cut, length, NULL), status);
        if (length >= 8 && ends_with_a_section(bytes, length)) {
            whole += status == VM_STATUS_OK;
        } else {
            CHECK_INT(status, VM_STATUS_BAD_MODULE);
            CHECK_INT(VM_ErrorGetStatus(why), VM_STATUS_BAD_MODULE);
        }
        CHECK((status == VM_STATUS_OK) == (module != NULL));
        VM_ErrorDelete(why);
        VM_ModuleDelete(module);
        free(cut);
    }
    CHECK(whole > 0 && whole < 12); /* the empty module at least */
    free(bytes);
}

int main(void)
{
    engine = new_engine();
    broken_bytes();
    text();
    files();
    every_beginning(GUEST("shapes"));
    every_beginning(GUEST("everything"));
    every_beginning(GUEST("caller"));
    VM_EngineDelete(engine);
    return finish();
}
