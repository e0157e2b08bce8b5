/* Signatures made by openssl: refused plug-ins with their messages, and that none of their code runs. */
#include "plugin_files.h"

/* Runs a shell command in the scratch directory. */
static void shell(const char *command)
{
    char line[1200];
    int length = snprintf(line, sizeof line, "cd '%s' && %s", scratch_folder.text, command);
    SURE(length > 0 && (size_t)length < sizeof line);
    if (system(line) != 0) {
        fprintf(stderr, "failed: %s\n", line);
        exit(1);
    }
}

static const char *const SIGN = "openssl pkeyutl -sign -rawin -inkey key.pem -in p/a.so -out p/a.so.sig";
static const char *const SIGN_LONG =
    "openssl pkeyutl -sign -rawin -inkey key.pem -in p/a.so -out p/a.so.sig && "
    "openssl pkey -in key.pem -pubout -outform DER | tail -c 32 >> p/a.so.sig && openssl dgst -sha256 -binary p/a.so >> p/a.so.sig";

/* Changes a byte of a file. */
static void change(const char *name, long at)
{
    FILE *file = fopen(in_scratch(name).text, "r+b");
    int byte = EOF;
    SURE(file && fseek(file, at, SEEK_SET) == 0 && (byte = fgetc(file)) != EOF);
    SURE(fseek(file, at, SEEK_SET) == 0 && fputc(byte ^ 1, file) != EOF && fclose(file) == 0);
}

/* The key in a file, as a string. */
static Path key_of(const char *file)
{
    Path key;
    size_t size;
    char *text = (char *)read_file(in_scratch(file).text, &size);
    SURE(size < sizeof key.text);
    memcpy(key.text, text, size);
    key.text[size] = '\0';
    free(text);
    return key;
}

static VM_PluginRegistry *with_key(const char *file)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginRegistryAddKey(registry, key_of(file).text, &error));
    return registry;
}

static void loads(const char *key)
{
    VM_PluginRegistry *registry = with_key(key);
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("p/a.so").text, NULL, &error));
    VM_PluginRegistryDelete(registry);
}

static void refused(const char *key, const char *part)
{
    VM_PluginRegistry *registry = with_key(key);
    VM_PluginReport *report = NULL;
    Path path = in_scratch("p/a.so");
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path.text, &report, &error), VM_STATUS_PLUGIN_SIGNATURE, part);
    CHECK(strstr(VM_ErrorGetMessage(error), "plug-in `named` 1.0.1 in ") != NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), path.text);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "named");
    CHECK_INT(find_line(report, path.text)->status, VM_STATUS_PLUGIN_SIGNATURE);
    CHECK(!has_marks());
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

static void keys(void)
{
    VM_PluginRegistry *registry = new_registry();
    shell("openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout -out key.pub");
    shell("openssl genpkey -algorithm ed25519 -out other.pem && openssl pkey -in other.pem -pubout -out other.pub");
    shell("openssl pkey -in key.pem -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \\n' > key.hex");
    shell("openssl pkey -in key.pem -pubout -outform DER | tail -c 32 | base64 > key.base64");
    CHECK_STATUS(VM_PluginRegistryAddKey(registry, key_of("key.pem").text, &error), VM_STATUS_INVALID_ARGUMENT,
                 "this is a private key, which only the signer may have");
    CHECK_STATUS(VM_PluginRegistryAddKey(registry, "0123", &error), VM_STATUS_INVALID_ARGUMENT, "the string has 3");
    CHECK_STATUS(VM_PluginRegistryAddKey(registry, "no key", &error), VM_STATUS_INVALID_ARGUMENT, "openssl pkey -pubout");
    CHECK_STATUS(VM_PluginRegistryAddKey(registry, "0000000000000000000000000000000000000000000000000000000000000000", &error),
                 VM_STATUS_INVALID_ARGUMENT, "00000000 is not one");
    /* None of these made the registry one of signed plug-ins. */
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    VM_PluginRegistryDelete(registry);
}

static void good_ones(void)
{
    VM_PluginRegistry *registry = with_key("other.pub");
    shell(SIGN);
    loads("key.pub");
    loads("key.hex");
    loads("key.base64");
    CHECK_OK(VM_PluginRegistryAddKey(registry, key_of("key.hex").text, &error)); /* one of two */
    CHECK_OK(VM_PluginRegistryAddKey(registry, key_of("key.pub").text, &error)); /* again */
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("p").text, NULL, &error)); /* .sig files are no candidates */
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    VM_PluginRegistryDelete(registry);
    shell(SIGN_LONG);
    loads("key.pub");
    CHECK(has_marks()); /* that it leaves when its bytes are opened for the first time */
    remove(in_scratch("marks").text);
}

static void bad_ones(void)
{
    Path hex = key_of("key.hex");
    char expected[700];
    copy_plugin("named", "p/a.so", NULL, "1.0.1"); /* bytes that were not opened before */
    shell("rm p/a.so.sig");
    refused("key.pub", "is not signed, and this registry loads signed plug-ins only: ");
    shell("mkfifo p/a.so.sig");
    {
        VM_PluginRegistry *registry = with_key("key.pub");
        CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("p/a.so").text, NULL, &error), VM_STATUS_PLUGIN_SIGNATURE,
                     "a.so.sig: it is a named pipe, and only regular files are opened");
        VM_PluginRegistryDelete(registry);
    }
    shell("rm p/a.so.sig && printf 123 > p/a.so.sig");
    refused("key.pub", "has a damaged signature: ");
    refused("key.pub", "a.so.sig has 3 bytes instead of 64 or 128");
    shell("head -c 70000 /dev/zero > p/a.so.sig");
    refused("key.pub", "has more than 128 bytes");

    /* With the output of openssl alone the reason is unknown. */
    shell(SIGN);
    refused("other.pub", "matches none of the 1 keys of the registry: it is by an unknown key, or the plug-in or the signature was changed");
    change("p/a.so.sig", 3);
    refused("key.pub", "matches none of the 1 keys");

    shell(SIGN_LONG);
    snprintf(expected, sizeof expected, "says that it is by %s, which is none of the 1 keys", hex.text);
    refused("other.pub", "is signed by an unknown key: ");
    refused("other.pub", expected);
    change("p/a.so.sig", 3);
    refused("key.pub", "has a damaged signature: ");
    shell(SIGN_LONG);
    shell("printf X >> p/a.so");
    refused("key.pub", "was changed after it was signed: ");
    shell(SIGN_LONG);
    loads("key.pub");
    CHECK(has_marks());
}

int main(void)
{
    make_scratch();
    make_folder("p");
    copy_plugin("named", "p/a.so", NULL, NULL);
    keys();
    good_ones();
    bad_ones();
    return finish();
}
