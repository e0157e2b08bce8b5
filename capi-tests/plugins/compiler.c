/*
 * Valid: compiles words (letters, which it makes upper case) and numbers. Each call of a compile or release function is a line of the
 * log. -DCOMPILER is the major version, from 2 on without numbers; -DFLAGS its flags; -DBAD=1 to 5 a fault of the extension.
 */
#ifndef COMPILER
#define COMPILER 1
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#ifndef BAD
#define BAD 0
#endif
#ifndef PLUGIN
#define PLUGIN "compiler"
#endif
#define VM_PLUGIN_FLAGS VM_PLUGIN_UNLOADABLE
#define VM_PLUGIN_MODULES PLUGIN
#include <libvm/plugin.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF(number) #number ".0.0"
#define VERSION_TEXT(number) TEXT_OF(number)

enum { WORD, NUMBER };

/* The data of initialize; it notices when something is released after cleanup, or not at all. */
typedef struct Data {
    const VM_PluginHost *host;
    int living;
} Data;

static void say(Data *data, const char *what, const char *of)
{
    char line[100];
    snprintf(line, sizeof line, "%d %s %.80s", COMPILER, what, of);
    VM_HostLog(data->host, NULL, VM_LOG_INFO, line);
}

static VM_Status compile_word(void *all, VM_Parameter *parameter, void **compiled)
{
    Data *data = all;
    const char *text = (const char *)parameter->bytes.data;
    char *made;
    size_t i;
    if (text[parameter->bytes.size] != '\0' || strcmp(parameter->kind, "word") != 0 || parameter->reserved != 0)
        return VM_ParameterFail(parameter, 0, "the parameter is not as the header says");
    if (strcmp(text, "fail") == 0)
        return VM_HostFail(data->host, "words are out today");
    if (strcmp(text, "own") == 0)
        return VM_STATUS_USER - 7;
    if (strcmp(text, "limit") == 0)
        return VM_STATUS_LIMIT;
    if (strcmp(text, "answer") == 0)
        return 77;
    if (strcmp(text, "far") == 0)
        return VM_ParameterFail(parameter, 4000, "somewhere");
    if (strcmp(text, "nothing") == 0)
        return VM_ParameterFail(parameter, 0, NULL);
    if (strcmp(text, "changed") == 0)
        VM_ParameterFail(parameter, 0, "it is not returned");
    for (i = 0; i < parameter->bytes.size; i++)
        if (!isalpha((unsigned char)text[i]))
            return VM_ParameterFail(parameter, i, "a word has letters only");
    made = malloc(parameter->bytes.size + 2);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made[0] = (char)('0' + COMPILER);
    for (i = 0; i <= parameter->bytes.size; i++)
        made[i + 1] = (char)toupper((unsigned char)text[i]);
    *compiled = made;
    data->living++;
    say(data, "compile", made);
    return VM_STATUS_OK;
}

static void release_word(void *all, void *compiled)
{
    Data *data = all;
    data->living--;
    say(data, "release", compiled);
    free(compiled);
}

#if COMPILER < 2
static VM_Status compile_number(void *all, VM_Parameter *parameter, void **compiled)
{
    (void)all;
    *compiled = (void *)(intptr_t)atoi((const char *)parameter->bytes.data); /* 0 is NULL */
    return VM_STATUS_OK;
}
#endif

/* word(id, buffer): the length of the word, which is written. */
static VM_Status word(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Data *data = instance;
    void *compiled;
    VM_Status status = VM_HostGetParameter(data->host, caller, WORD, (uint32_t)args[0].of.i32, &compiled);
    size_t size;
    if (status != VM_STATUS_OK)
        return compiled == NULL ? status : VM_STATUS_INTERNAL;
    size = strlen(compiled);
    if (size > args[1].of.buffer.size)
        return VM_STATUS_OUT_OF_BOUNDS;
    memcpy(args[1].of.buffer.data, compiled, size);
    results[0] = VM_ValueI32((int32_t)size);
    return VM_STATUS_OK;
}

/* number(kind, id) */
static VM_Status number(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Data *data = instance;
    void *compiled;
    VM_Status status = VM_HostGetParameter(data->host, caller, (uint32_t)args[0].of.i32, (uint32_t)args[1].of.i32, &compiled);
    if (status == VM_STATUS_OK)
        results[0] = VM_ValueI32((int32_t)(intptr_t)compiled);
    return status;
}

/* misuse(): what cannot be asked; answers the number of statuses that are as they should be. */
static VM_Status misuse(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Data *data = instance;
    static VM_PluginHost other;
    const VM_ParametersService *service = VM_HostGetParametersService(data->host);
    void *compiled = data;
    int good = 0;
    (void)args;
    other = *data->host;
    good += service->get(data->host, caller, 0, 1, NULL) == VM_STATUS_NULL_ARGUMENT;
    good += service->get(NULL, caller, 0, 1, &compiled) == VM_STATUS_NULL_ARGUMENT;
    good += service->get(data->host, NULL, 0, 1, &compiled) == VM_STATUS_NULL_ARGUMENT;
    good += service->get(&other, caller, 0, 1, &compiled) == VM_STATUS_INVALID_ARGUMENT;
    good += compiled == NULL;
    good += VM_ParameterFail(NULL, 0, "x") == VM_STATUS_NULL_ARGUMENT;
    results[0] = VM_ValueI32(good);
    return VM_STATUS_OK;
}

static VM_Status initialize(const VM_PluginHost *host, void **result)
{
    Data *data = calloc(1, sizeof *data);
    if (!data)
        return VM_STATUS_OUT_OF_MEMORY;
    data->host = host;
    *result = data;
    return VM_STATUS_OK;
}

static void cleanup(void *all)
{
    Data *data = all;
    say(data, "cleanup", data->living == 0 ? "" : "with living words");
    free(data);
}

static const VM_CompilerDescriptor compilers[] = {
#if BAD == 1
    VM_COMPILER("word.word", compile_word, release_word),
#elif BAD == 2
    VM_COMPILER("word", BAD == 2 ? NULL : compile_word, release_word),
#elif BAD == 3
    { 0x10000, 0, "word", NULL, compile_word, release_word },
#elif BAD == 4
    VM_COMPILER("number", compile_word, release_word),
#else
    VM_COMPILER_DESCRIBED("word", compile_word, release_word, "Words of letters"),
#endif
#if COMPILER < 2
    VM_COMPILER("number", compile_number, NULL),
#endif
};
#if BAD == 5
static const VM_CompilerExtension extension = { 8, 0, VM_TABLE_EMPTY };
#else
static const VM_CompilerExtension extension = VM_COMPILERS(compilers);
#endif

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    (void)compilers;
    return VM_ExtensionMatches(id, VM_COMPILER_EXTENSION) ? &extension : NULL;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("word", "(i>~)i", word),
    VM_FUNCTION("number", "(ii)i", number),
    VM_FUNCTION("misuse", "()i", misuse),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE(PLUGIN, functions) };
static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(FLAGS, VM_TABLE(modules), VM_TABLE_EMPTY, NULL, NULL, initialize, cleanup, get_extension);
VM_PLUGIN_DESCRIPTOR(PLUGIN, VERSION_TEXT(COMPILER), "Compiles words and numbers", descriptor);
