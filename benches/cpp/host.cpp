/* What calls cost from <libvm.hpp>, beside the same through <libvm.h>: prints a table for docs/performance.md. */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <libvm.hpp>

static const int32_t calls = 100000;

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        std::fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
        std::abort();
    }
}

static VM_Status VM_CALL nothing(void *, VM_Caller *, const VM_Value *, VM_Value *) { return VM_STATUS_OK; }
static VM_Status VM_CALL add(void *, VM_Caller *, const VM_Value *args, VM_Value *results)
{
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32);
    return VM_STATUS_OK;
}
static VM_Status VM_CALL size_of(void *, VM_Caller *, const VM_Value *args, VM_Value *results)
{
    results[0] = VM_ValueI32(static_cast<int32_t>(args[0].of.buffer.size));
    return VM_STATUS_OK;
}

/* A guest whose functions of the host are callbacks of C, or lambdas. */
static vm::Instance guest_of(vm::Context &context, const vm::Module &module, bool in_cpp)
{
    vm::HostModule host("host");
    if (in_cpp) {
        host.function("nothing", [] {})
            .function("add", [](int32_t a, int32_t b) { return a + b; })
            .function("size", [](std::string_view text) { return static_cast<int32_t>(text.size()); });
    } else {
        VM_Error *error = nullptr;
        check(VM_HostModuleAddFunction(host.get(), "nothing", "()", nothing, nullptr, nullptr, &error), error);
        check(VM_HostModuleAddFunction(host.get(), "add", "(ii)i", add, nullptr, nullptr, &error), error);
        check(VM_HostModuleAddFunction(host.get(), "size", "(<~)i", size_of, nullptr, nullptr, &error), error);
    }
    context.register_module(host);
    return context.instantiate(module);
}

template <class F> static double nanoseconds(F run)
{
    auto begin = std::chrono::steady_clock::now();
    run();
    std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
    return time.count() / calls;
}

static double median(std::vector<double> values)
{
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

/* Runs both in turns, and prints a row. */
template <class C, class Cpp> static void row(const char *name, int rounds, C in_c, Cpp in_cpp)
{
    std::vector<double> times, ratios;
    for (int round = -2; round < rounds; round++) {
        // Each goes first in every other round.
        double first = round % 2 ? nanoseconds(in_cpp) : nanoseconds(in_c);
        double second = round % 2 ? nanoseconds(in_c) : nanoseconds(in_cpp);
        double c = round % 2 ? second : first, cpp = round % 2 ? first : second;
        if (round >= 0) {
            times.push_back(cpp);
            ratios.push_back(cpp / c);
        }
    }
    std::printf("| %s | %.1f | %.2f |\n", name, median(times), median(ratios));
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s WASM ROUNDS\n", argv[0]);
        return 2;
    }
    const int rounds = std::atoi(argv[2]);
    vm::Engine engine;
    vm::Module module(engine, argv[1]);
    vm::Context c_context(engine), cpp_context(engine);
    vm::Instance c_guest = guest_of(c_context, module, false), cpp_guest = guest_of(cpp_context, module, true);

    std::printf("| call | C++, ns | ÷ C |\n| --- | ---: | ---: |\n");
    const char *const loops[][2] = { { "loop_nothing", "guest to host, `() → ()`" },
                                     { "loop_add", "guest to host, `(i32, i32) → i32`" },
                                     { "loop_size", "guest to host, a guest buffer" } };
    for (const auto &loop : loops) {
        vm::Func in_c = c_guest.function(loop[0]), in_cpp = cpp_guest.function(loop[0]);
        row(loop[1], rounds, [&] { in_c.call<int32_t>(calls); }, [&] { in_cpp.call<int32_t>(calls); });
    }

    VM_Context *raw = c_context.get();
    vm::Func nothing_of_c = c_guest.function("nothing"), nothing_of_cpp = cpp_guest.function("nothing");
    row("host to guest, `() → ()`", rounds, [&] {
        VM_Error *error = nullptr;
        for (int32_t i = 0; i < calls; i++)
            check(VM_FuncCall(raw, nothing_of_c.get(), nullptr, 0, nullptr, 0, &error), error);
    }, [&] {
        for (int32_t i = 0; i < calls; i++)
            nothing_of_cpp.call();
    });
    vm::Func add_of_c = c_guest.function("add"), add_of_cpp = cpp_guest.function("add");
    int64_t sums[2] = { 0, 0 };
    row("host to guest, `(i32, i32) → i32`", rounds, [&] {
        VM_Error *error = nullptr;
        VM_Value result;
        for (int32_t i = 0; i < calls; i++) {
            const VM_Value args[] = { VM_ValueI32(i), VM_ValueI32(2) };
            check(VM_FuncCall(raw, add_of_c.get(), args, 2, &result, 1, &error), error);
            sums[0] += result.of.i32;
        }
    }, [&] {
        for (int32_t i = 0; i < calls; i++)
            sums[1] += add_of_cpp.call<int32_t>(i, 2);
    });
    return sums[0] == sums[1] ? 0 : 1;
}
