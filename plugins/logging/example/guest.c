/* clang --target=wasm32 -Os -nostdlib -Wl,--no-entry guest.c -o guest.wasm */

enum level { TRACE, DEBUG, INFO, WARN, ERROR, CRITICAL };

__attribute__((import_module("wasi:logging/logging"), import_name("log")))
void write_line(enum level level, const char *context, unsigned long context_size, const char *message, unsigned long message_size);

#define LOG(level, context, message) write_line(level, context, sizeof(context) - 1, message, sizeof(message) - 1)

__attribute__((export_name("run"))) void run(void)
{
    LOG(INFO, "guest", "the guest begins");
    LOG(WARN, "guest.disk", "90 % used");
    LOG(DEBUG, "", "a line without a context");
}
