/*
 * Passes strings to a guest and gets strings back, through the allocator that the guest exports.
 *
 *     c++ -std=c++17 host_bytes.cpp -o host_bytes $(pkg-config --cflags --libs libvm)
 *     wat2wasm reverse.wat && ./host_bytes reverse.wasm "Hello, guest"
 */
#include <iostream>
#include <libvm.hpp>

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " WASM TEXT\n";
        return 2;
    }
    try {
        vm::Engine engine;
        vm::Context context(engine);
        vm::Instance instance = context.instantiate(vm::Module(engine, argv[1]));

        // Blocks for arguments and results are allocated and freed with these exports.
        vm::Allocator guest = vm::Allocator::create(instance, "allocate", "release");
        std::cout << "reversed: " << guest.call<std::string>("reverse", argv[2]) << '\n';
        std::cout << guest.call<int32_t>("allocated") << " bytes are allocated\n";
    } catch (const vm::Error &error) {
        std::cerr << error.status_name() << ": " << error.what() << '\n';
        return 1;
    }
}
