/*
 * A host in C++: a function of the host, a plug-in, and a guest that calls both.
 *
 *     c++ -std=c++17 host.cpp -o host $(pkg-config --cflags --libs libvm)
 *     wat2wasm ../c/app.wat && ./host ./calc.so app.wasm
 *
 * The types of the function are those of the lambda. What fails throws vm::Error.
 */
#include <iostream>
#include <libvm.hpp>

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " PLUGIN WASM\n";
        return 2;
    }
    try {
        vm::Engine engine;
        vm::PluginRegistry plugins;
        plugins.load_from_path(argv[1]);

        vm::Context context(engine);
        context.register_plugins(plugins);
        context.module("host").function("print", [](int32_t number) { std::cout << "guest says " << number << '\n'; });

        vm::Instance guest = context.instantiate(vm::Module(engine, argv[2]));
        vm::Func sum = guest.function("sum");
        const int32_t result = sum.call<int32_t>(20, 22);
        std::cout << "sum is " << result << '\n';
    } catch (const vm::Error &error) {
        std::cerr << error.status_name() << ": " << error.what() << '\n';
        return 1;
    }
}
