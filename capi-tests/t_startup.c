/* What an instantiation computes is code of one function, of which the compiler takes only so much; the interpreter takes all of it. */
#include "machine.h"

enum { MOST = 131072 - 4 };

/* A module with a table of one element, and an element segment of so many functions that nothing puts there by itself; free it. */
static uint8_t *with_elements(uint32_t count, size_t *size)
{
    static const uint8_t head[] = "\0asm\1\0\0\0\1\5\1\x60\0\1\x7f\3\2\1\0\4\4\1\x70\0\1\7\5\1\1f\0\0\x9";
    static const uint8_t tail[] = "\xa\6\1\4\0\x41\7\xb";
    size_t at = sizeof head - 1, contents = 3 + 4 + count;
    uint8_t *module = calloc(1, at + 4 + contents + sizeof tail);
    SURE(module != NULL);
    memcpy(module, head, at);
    for (int i = 0; i < 4; i++)
        module[at++] = (uint8_t)((contents >> 7 * i & 0x7f) | (i < 3 ? 0x80 : 0));
    module[at] = 1; /* a passive segment of functions, all of which are the first one */
    module[at + 1] = 1;
    at += 3;
    for (int i = 0; i < 4; i++)
        module[at++] = (uint8_t)((count >> 7 * i & 0x7f) | (i < 3 ? 0x80 : 0));
    at += count;
    memcpy(module + at, tail, sizeof tail - 1);
    *size = at + sizeof tail - 1;
    return module;
}

static VM_Status load_with(VM_Engine *engine, uint32_t count, VM_Module **module)
{
    size_t size;
    uint8_t *bytes = with_elements(count, &size);
    forget_error();
    VM_Status status = VM_ModuleLoadFromBuffer(engine, bytes, size, module, &error);
    free(bytes);
    return status;
}

int main(void)
{
    const char *refused = "the module could not be compiled: its instantiation computes too many values (elements of tables, globals and "
                          "offsets that are not constant, data far from each other): they count as 131073 elements, and the compiler takes 131072; use "
                          "VM_TIER_INTERPRETER";
    make_scratch();
    compiled_with_few(load_with, 1000, MOST + 1, can_compile() ? refused : NULL);
    return finish();
}
