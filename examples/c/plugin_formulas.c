/*
 * A plug-in without modules of its own: it is shown each wasm module before it is linked, reads the formulas in the custom section
 * `formulas`, and provides a function for each import from `formulas`, for that module alone. A formula is a line in postfix notation,
 * with the letters a to h for the arguments:
 *
 *     area = a b *
 *     mean = a b + 2 /
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_formulas.c -o formulas.so $(pkg-config --cflags libvm)
 *
 * The host is module_plugins.c.
 */
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 16 };

/* Runs a formula, which ends with a newline or a NUL; returns false if it is not valid. */
static bool evaluate(const char *formula, const double *arguments, size_t count, double *result)
{
    double stack[DEPTH];
    size_t depth = 0;
    for (; *formula && *formula != '\n'; formula++) {
        char letter = *formula;
        if (letter == ' ')
            continue;
        if (depth < DEPTH && letter >= 'a' && (size_t)(letter - 'a') < count) {
            stack[depth++] = arguments[letter - 'a'];
        } else if (depth < DEPTH && letter >= '0' && letter <= '9') {
            char *end;
            stack[depth++] = strtod(formula, &end);
            formula = end - 1;
        } else if (depth >= 2 && strchr("+-*/", letter)) {
            double last = stack[--depth], *first = &stack[depth - 1];
            *first = letter == '+' ? *first + last : letter == '-' ? *first - last : letter == '*' ? *first * last : *first / last;
        } else {
            return false;
        }
    }
    *result = stack[0];
    return depth == 1;
}

/* All formulas are called through this function: which one it is, is in the data. */
static VM_Status VM_CALL call(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    double arguments[8], result;
    uint32_t i;
    (void)instance;
    for (i = 0; i < caller->arg_count; i++)
        arguments[i] = args[i].of.f64;
    if (!evaluate((const char *)caller->data, arguments, caller->arg_count, &result))
        return VM_CallerTrap(caller, "the formula is not valid");
    results[0] = VM_ValueF64(result);
    return VM_STATUS_OK;
}

/* Returns a copy of what follows `<name> = ` in the section; NULL if there is no such line. */
static char *find_formula(const VM_ModuleSection *section, const char *name)
{
    const char *at = (const char *)section->content.data, *end = at + section->content.size, *next;
    size_t length = strlen(name);
    for (; at < end; at = next + 1) {
        next = (const char *)memchr(at, '\n', (size_t)(end - at));
        if (!next)
            next = end;
        if ((size_t)(next - at) > length + 3 && memcmp(at, name, length) == 0 && memcmp(at + length, " = ", 3) == 0) {
            size_t size = (size_t)(next - at) - length - 3;
            char *copy = (char *)calloc(1, size + 1);
            return copy ? (char *)memcpy(copy, at + length + 3, size) : NULL;
        }
    }
    return NULL;
}

static const VM_ModuleSection *find_section(VM_ModuleView *view)
{
    const VM_ModuleSection *section;
    size_t i;
    for (i = 0; (section = VM_ModuleViewGetSection(view, i)) != NULL; i++)
        if (section->name.size == 8 && memcmp(section->name.data, "formulas", 8) == 0)
            return section;
    return NULL;
}

static VM_Status VM_CALL examine(void *data, VM_ModuleView *view)
{
    static const double zeros[8] = { 0 };
    const VM_ModuleSection *section = find_section(view);
    const VM_ModuleItem *import;
    size_t i;
    (void)data;
    for (i = 0; (import = VM_ModuleViewGetImport(view, i)) != NULL; i++) {
        VM_Status status;
        double result;
        char *formula;
        size_t count;
        if (strcmp(import->module, "formulas") != 0)
            continue;
        if (!import->signature || (count = strspn(import->signature + 1, "F")) > 8 || strcmp(import->signature + 1 + count, ")F") != 0)
            return VM_ModuleViewRefuse(view, "a formula has up to eight arguments and a result, all of them f64");
        formula = section ? find_formula(section, import->name) : NULL;
        if (!formula)
            return VM_ModuleViewRefuse(view, "it imports a formula that is not in its section `formulas`");
        if (!evaluate(formula, zeros, count, &result)) {
            free(formula);
            return VM_ModuleViewRefuse(view, "one of its formulas is not valid");
        }
        status = VM_ModuleViewProvide(view, "formulas", import->name, import->signature, call, formula, free);
        if (status)
            return status;
    }
    return VM_STATUS_OK;
}

static const VM_DependenciesExtension dependencies = { sizeof dependencies, 0, examine };

static const void *VM_CALL get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_DEPENDENCIES_EXTENSION) ? &dependencies : NULL;
}

static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE_EMPTY, VM_TABLE_EMPTY, NULL, NULL, NULL, NULL, get_extension);
VM_PLUGIN_DESCRIPTOR("formulas", "1.0.0", "Computes the formulas in a module's custom section", descriptor);
