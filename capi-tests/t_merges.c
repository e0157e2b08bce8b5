/* A few KB of code that would take gigabytes and minutes to compile: the compiler takes only so much of it, the interpreter all. */
#include "machine.h"

enum { OPERANDS = 1000, MOST = 1 << 20 };

static uint8_t module_bytes[MOST];
static size_t module_size;

static void put(int byte)
{
    SURE(module_size < MOST);
    module_bytes[module_size++] = (uint8_t)byte;
}

static void put_all(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put(bytes[i]);
}

/* A number in the encoding of wasm; in `size` bytes if that is not 0. */
static void put_number(size_t number, int size)
{
    for (int i = 1; i < size || number >> 7 != 0; i++, number >>= 7)
        put((int)(number & 0x7f) | 0x80);
    put((int)number);
}

/* The contents of a section, or of a function, which began at `begin`, get their size there. */
static void end_at(size_t begin)
{
    size_t end = module_size;
    module_size = begin;
    put_number(end - begin - 4, 4);
    module_size = end;
}

static size_t begin(void)
{
    size_t at = module_size;
    put_number(0, 4);
    return at;
}

/* Function 0 returns 7, after it has called function 1 as often, which returns its many arguments. */
static void make_module(uint32_t calls)
{
    module_size = 0;
    put_all("\0asm\1\0\0\0\1", 9);
    size_t types = begin();
    put_all("\2\x60\0\1\x7f\x60", 6);
    for (int i = 0; i < 2; i++) {
        put_number(OPERANDS, 0);
        for (int k = 0; k < OPERANDS; k++)
            put(0x7f);
    }
    end_at(types);
    put_all("\3\3\2\0\1\7\5\1\1f\0\0\xa", 13);
    size_t code = begin();
    put(2);
    size_t first = begin();
    put(0);
    for (int i = 0; i < OPERANDS; i++)
        put_all("\x41\7", 2);
    for (uint32_t i = 0; i < calls; i++)
        put_all("\x10\1", 2);
    for (int i = 1; i < OPERANDS; i++)
        put(0x1a);
    put(0xb);
    end_at(first);
    size_t second = begin();
    put(0);
    for (int i = 0; i < OPERANDS; i++) {
        put(0x20);
        put_number((size_t)i, 0);
    }
    put(0xb);
    end_at(second);
    end_at(code);
}

static VM_Status load_with(VM_Engine *engine, uint32_t calls, VM_Module **module)
{
    make_module(calls);
    forget_error();
    return VM_ModuleLoadFromBuffer(engine, module_bytes, module_size, module, &error);
}

int main(void)
{
    const char *refused = "the module could not be compiled: function 0 has too many values where blocks meet (locals that are set in blocks "
                          "with many ways into them, results of blocks, operands of calls): they count as 31744001, and the compiler takes "
                          "2097152; use VM_TIER_INTERPRETER";
    make_scratch();
    compiled_with_few(load_with, 2, 1000, can_compile() ? refused : NULL);
    return finish();
}
