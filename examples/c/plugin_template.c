/*
 * A plug-in with a parameter compiler: templates with a `%`, such as "Hello, %!", which it compiles once for a module.
 *
 *     cc -shared -fPIC -fvisibility=hidden $(pkg-config --cflags libvm) plugin_template.c -o template.so
 *
 * Guests declare templates with an id (in C with VM_PARAM of <libvm/guest.h>), and call `template.fill` with it. compiled_parameters.c is
 * a host.
 */
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

/* What a template is compiled to. All contexts and threads use it, so it does not change. */
typedef struct Template {
    size_t before, after; /* bytes before and after the `%` */
    char text[1];         /* without the `%` */
} Template;

static VM_Status compile(void *data, VM_Parameter *parameter, void **compiled)
{
    const char *text = (const char *)parameter->bytes.data, *place = strchr(text, '%'), *other;
    Template *made;

    if (!place)
        return VM_ParameterFail(parameter, parameter->bytes.size, "a template has a `%`");
    if ((other = strchr(place + 1, '%')) != NULL)
        return VM_ParameterFail(parameter, (size_t)(other - text), "a template has one `%` only");
    if (!(made = malloc(sizeof *made + parameter->bytes.size)))
        return VM_STATUS_OUT_OF_MEMORY;
    made->before = (size_t)(place - text);
    made->after = parameter->bytes.size - made->before - 1;
    memcpy(made->text, text, made->before);
    memcpy(made->text + made->before, place + 1, made->after);
    *compiled = made;
    VM_HostLog(data, NULL, VM_LOG_INFO, text);
    return VM_STATUS_OK;
}

static void release(void *data, void *compiled)
{
    (void)data;
    free(compiled);
}

/* fill(id, name, size, buffer, size): the size of the text that is written to the buffer. */
static VM_Status fill(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Buffer name = args[1].of.buffer, out = args[2].of.buffer;
    void *found;
    const Template *template_;
    /* Without `create` the instance is what `initialize` made: the host. The compiler has the index 0. */
    VM_Status status = VM_HostGetParameter(instance, caller, 0, (uint32_t)args[0].of.i32, &found);

    if (status != VM_STATUS_OK)
        return status;
    template_ = found;
    if (out.size < template_->before || out.size - template_->before < template_->after ||
        out.size - template_->before - template_->after < name.size)
        return VM_CallerTrap(caller, "the text does not fit into the buffer");
    memcpy(out.data, template_->text, template_->before);
    memcpy(out.data + template_->before, name.data, name.size);
    memcpy(out.data + template_->before + name.size, template_->text + template_->before, template_->after);
    results[0] = VM_ValueI32((int32_t)(template_->before + name.size + template_->after));
    return VM_STATUS_OK;
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    return VM_STATUS_OK;
}

static const VM_CompilerDescriptor compilers[] = { VM_COMPILER_DESCRIBED("template", compile, release, "A text with a `%`") };
static const VM_CompilerExtension extension = VM_COMPILERS(compilers);

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_COMPILER_EXTENSION) ? &extension : NULL;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("fill", "(i<~>~)i", fill) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("template", functions) };
static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE(modules), VM_TABLE_EMPTY, NULL, NULL, initialize, NULL, get_extension);
VM_PLUGIN_DESCRIPTOR("template", "1.0.0", "Fills templates", descriptor);
