/*
 * Runs many guests on one thread: a function of the host suspends its guest, and a queue contains the guests that can go on.
 *
 *     c++ -std=c++17 host_queue.cpp -o host_queue $(pkg-config --cflags --libs libvm)
 *     wat2wasm ../c/nap.wat && ./host_queue nap.wasm
 *
 * Errors are results here, and the program needs no exceptions.
 */
#define VM_CPP_RESULTS
#include <iostream>
#include <libvm.hpp>

static vm::Result<int32_t> run(const char *path)
{
    auto engine = vm::Engine::create();
    if (!engine)
        return engine.error();
    auto module = vm::Module::load_from_file(*engine, path);
    if (!module)
        return module.error();
    auto queue = vm::Queue::create();
    if (!queue)
        return queue.error();

    std::vector<vm::Reply<void>> sleepers;
    std::vector<vm::Context> contexts;
    std::vector<vm::Execution> executions;
    for (int i = 0; i < 100; i++) {
        auto context = vm::Context::create(*engine);
        if (!context)
            return context.error();
        context->module("timer").function("sleep", [&](vm::Caller &caller, int32_t) -> vm::Result<vm::Suspended<void>> {
            auto both = caller.suspend<void>();
            if (!both)
                return both.error();
            sleepers.push_back(std::move(both->first));
            return both->second;
        });
        auto guest = context->instantiate(*module);
        if (!guest)
            return guest.error();
        auto execution = guest->start(*queue, "nap", i);
        if (!execution)
            return execution.error();
        contexts.push_back(*std::move(context));
        executions.push_back(*std::move(execution));
    }
    for (vm::Reply<void> &sleeper : sleepers)
        if (auto woken = sleeper.complete(); !woken)
            return woken.error();

    int32_t done = 0;
    while (vm::ExecutionRef next = queue->next()) {
        auto ended = next.poll();
        if (!ended)
            return ended.error();
        done += *ended;
    }
    return done;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " WASM\n";
        return 2;
    }
    auto done = run(argv[1]);
    if (!done) {
        std::cerr << done.error().status_name() << ": " << done.error().what() << '\n';
        return 1;
    }
    std::cout << *done << " guests slept and woke\n";
}
