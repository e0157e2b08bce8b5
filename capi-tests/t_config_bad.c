/* Invalid configurations: the message begins with file, line and column, and nothing is applied. */
#include "config_files.h"

/* A file with these bytes is refused with its path, and the message continues so. */
static void check_file(const void *bytes, size_t size, const char *message)
{
    Path path = write_content("bad.toml", bytes, size);
    VM_Config *config = NULL;
    char expected[1000];
    snprintf(expected, sizeof expected, "%s%s", path.text, message);
    CHECK_STATUS(VM_ConfigLoadFromFile(path.text, &config, &error), VM_STATUS_BAD_CONFIG, NULL);
    CHECK_TEXT(VM_ErrorGetMessage(error), expected);
    CHECK_TEXT(VM_ErrorGetPath(error), path.text);
    CHECK(config == NULL);

    snprintf(expected, sizeof expected, "configuration%s", message);
    CHECK_STATUS(VM_ConfigLoadFromBuffer(bytes, size, NULL, &config, &error), VM_STATUS_BAD_CONFIG, NULL);
    CHECK_TEXT(VM_ErrorGetMessage(error), expected);
    CHECK_TEXT(VM_ErrorGetPath(error), NULL);
    CHECK(config == NULL);
}

static void contents(void)
{
    static const char *const wrong[][2] = {
        { "plugin-directory", ":1:17: not valid TOML: key with no value, expected `=`" },
        { "a = 1\nb = 2\na = 3", ":3:1: not valid TOML: duplicate key: `a`" },
        { "\n[limits]\n\tmemory_bytes = 1", ":3:2: unknown key `memory_bytes` in [limits]; did you mean `memory-bytes`?" },
        { "[security]", ":1:2: unknown key `security` at the top of the file; the keys are `plugin-directory`, `package-directory`, "
                        "`state-file`, `module-plugins`, `plugins`, `engine`, `limits`, `plugin`" },
        { "plugin-directory = true", ":1:20: `plugin-directory` must be a string or a list of strings; it is true" },
        { "[limits]\ninstances = -5", ":2:13: `instances` must be an integer from 0 to 9223372036854775807; it is the integer -5" },
        { "plugins.order = ['b', 'b']", ":1:23: \"b\" is in `order` twice; remove one" },
        { "plugins.allow = ['a']\nplugins.deny = ['a']", ":2:9: plug-in `a` is in both `allow` and `deny`; remove it from one" },
        { "[plugin.a.options]\nsince = 1979-05-27", ":2:9: option `since` must be a bool, a number, a string or a list of strings; "
                                                      "it is a date or time" },
    };
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_file(wrong[i][0], strlen(wrong[i][0]), wrong[i][1]);
    check_file("# \xc3\xa4\n# \xe4", 9, ":2:3: not valid UTF-8 from here on; convert the file");
    check_file("# a\n\0", 5, ":2:1: a NUL character, which is not allowed; remove it");
}

/* Not files, or not such as one reads. */
static void files(void)
{
    VM_Config *config = NULL;
    static char large[(1 << 20) + 1];
    Path missing = in_scratch("missing.toml"), path;
    CHECK_STATUS(VM_ConfigLoadFromFile(missing.text, &config, &error), VM_STATUS_FILE_NOT_FOUND,
                 "cannot read the configuration file /");
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    CHECK(VM_ErrorGetOsError(error) != 0);
    CHECK_STATUS(VM_ConfigLoadFromFile(scratch_folder.text, &config, &error), VM_STATUS_IO, "s a directory");
    CHECK_STATUS(VM_ConfigLoadFromFile("", &config, &error), VM_STATUS_INVALID_ARGUMENT, "\"\" is not a valid path of a file");
    memset(large, '#', sizeof large);
    path = write_content("large.toml", large, sizeof large);
    CHECK_STATUS(VM_ConfigLoadFromFile(path.text, &config, &error), VM_STATUS_LIMIT,
                 "large.toml is larger than 1048576 bytes, the maximum size of a configuration");
    CHECK_STATUS(VM_ConfigLoadFromBuffer((uint8_t *)large, sizeof large, NULL, &config, &error), VM_STATUS_LIMIT, "configuration is larger");
    CHECK_STATUS(VM_ConfigLoadFromBuffer(NULL, 0, "", &config, &error), VM_STATUS_INVALID_ARGUMENT, "directory of a configuration is an empty string");
    CHECK(config == NULL);
    CHECK_OK(VM_ConfigLoadFromBuffer((uint8_t *)large, sizeof large - 1, NULL, &config, &error));
    VM_ConfigDelete(config);
    if (geteuid() != 0) { /* to whom nothing is forbidden */
        SURE(chmod(path.text, 0) == 0);
        CHECK_STATUS(VM_ConfigLoadFromFile(path.text, &config, &error), VM_STATUS_PERMISSION_DENIED, "large.toml");
    }
}

int main(void)
{
    make_scratch();
    contents();
    files();
    return finish();
}
