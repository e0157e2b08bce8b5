/* The parameter compilers, and the functions that use what they have compiled. */
#include "more.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORD, NUMBER };

atomic_int more_words;

static VM_Status VM_CALL compile_word(void *data, VM_Parameter *parameter, void **compiled)
{
    const char *text = (const char *)parameter->bytes.data;
    const VM_PluginHost *host = data;
    size_t i;
    if (strcmp(text, "status") == 0) {
        VM_HostFail(host, "words are out today");
        return VM_STATUS_USER - 3;
    }
    if (strcmp(text, "plain") == 0)
        return VM_ParameterFail(parameter, SIZE_MAX, "not this word");
    if (strcmp(text, "panic") == 0)
        return VM_HostFail(host, "help");
    for (i = 0; i < parameter->bytes.size; i++)
        if (text[i] < 'a' || text[i] > 'z')
            return VM_ParameterFail(parameter, i, "a word has small letters only");
    *compiled = malloc(parameter->bytes.size + 1);
    if (!*compiled)
        return VM_STATUS_OUT_OF_MEMORY;
    memcpy(*compiled, text, parameter->bytes.size + 1);
    more_words++;
    return VM_STATUS_OK;
}

static void VM_CALL release_word(void *data, void *compiled)
{
    (void)data;
    more_words--;
    free(compiled);
}

static VM_Status VM_CALL compile_number(void *data, VM_Parameter *parameter, void **compiled)
{
    const char *text = (const char *)parameter->bytes.data, *digits = text + (*text == '-');
    int64_t *number;
    (void)data;
    errno = 0;
    if (!*digits || strspn(digits, "0123456789") + (size_t)(digits - text) != parameter->bytes.size || (strtoll(text, NULL, 10), errno))
        return VM_ParameterFail(parameter, 0, "not a number");
    number = malloc(sizeof *number);
    if (!number)
        return VM_STATUS_OUT_OF_MEMORY;
    *number = strtoll(text, NULL, 10);
    *compiled = number;
    return VM_STATUS_OK;
}

static void VM_CALL release_number(void *data, void *compiled)
{
    (void)data;
    free(compiled);
}

static VM_Status get(void *instance, VM_Caller *caller, uint32_t kind, VM_Value id, void **compiled)
{
    return VM_HostGetParameter(((More *)instance)->host, caller, kind, (uint32_t)id.of.i32, compiled);
}

VM_Status VM_CALL more_length(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *word;
    VM_Status status = get(instance, caller, WORD, args[0], &word);
    if (status == VM_STATUS_OK)
        results[0] = VM_ValueI32((int32_t)strlen(word));
    return status;
}

VM_Status VM_CALL more_letter(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *word;
    VM_Status status = get(instance, caller, WORD, args[0], &word);
    uint32_t index = (uint32_t)args[1].of.i32;
    if (status != VM_STATUS_OK)
        return status;
    if (index >= strlen(word))
        return VM_CallerTrap(caller, "no such letter");
    results[0] = VM_ValueI32(((const char *)word)[index]);
    return VM_STATUS_OK;
}

VM_Status VM_CALL more_number(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *number;
    VM_Status status = get(instance, caller, NUMBER, args[0], &number);
    if (status == VM_STATUS_OK)
        results[0] = VM_ValueI64(*(int64_t *)number);
    return status;
}

VM_Status VM_CALL more_both(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *number, *word;
    VM_Status status = get(instance, caller, NUMBER, args[0], &number);
    if (status == VM_STATUS_OK)
        status = get(instance, caller, WORD, args[1], &word);
    if (status == VM_STATUS_OK)
        results[0] = VM_ValueI64(*(int64_t *)number + (int64_t)strlen(word));
    return status;
}

static const VM_CompilerDescriptor compilers[] = {
    VM_COMPILER_DESCRIBED("word", compile_word, release_word, "A word of small letters"),
    VM_COMPILER("number", compile_number, release_number),
};
const VM_CompilerExtension more_compilers = VM_COMPILERS(compilers);
