/* Strings and bytes through the allocator of a guest. */
#include "test.hpp"

static void passes_bytes(vm::Instance instance, const char *free)
{
    vm::Allocator guest = vm::Allocator::create(instance, "alloc", free);
    CHECK_EQUAL(guest.call<int32_t>("length", "hello"), 5);
    CHECK_EQUAL(guest.call<int32_t>("length", std::string(70, 'x')), 70);
    CHECK_EQUAL(guest.call<int32_t>("length", std::string("a\0b", 3)), 3);
    CHECK_EQUAL(guest.call<int32_t>("length", ""), 0);
    CHECK_EQUAL(guest.call<int32_t>("first", std::vector<uint8_t>{ 200, 1 }), 200);
    char text[] = "Zz";
    CHECK_EQUAL(guest.call<int32_t>("first", vm::Span<char>(text, 2)), 'Z');
    CHECK_EQUAL(guest.call<int32_t>("equal_ends", std::string_view("abc"), "cba"), 1);
    CHECK_EQUAL(guest.call<std::string>("star", "Hello"), "*ello");
    CHECK_EQUAL(guest.call<std::string>("star_packed", "Hello"), "*ello");
    CHECK_EQUAL(guest.call<std::vector<uint8_t>>("star", "Hello").size(), 5u);
    CHECK_EQUAL(guest.call<std::string>("same", "Hello"), "Hello");
    CHECK_EQUAL(guest.call<std::string>("empty"), "");
    CHECK_EQUAL(guest.call<int32_t>("blocks"), 0); // all are freed
    CHECK_THROWS(guest.call("trap", "Hello"), VM_STATUS_TRAP, "unreachable");
    CHECK_THROWS(guest.call<int64_t>("length", "Hello"), VM_STATUS_WRONG_TYPE, "the program asks for i64");
    CHECK_THROWS(guest.call<std::string>("length", "Hello"), VM_STATUS_WRONG_TYPE, "`length` does not return bytes");
    CHECK_THROWS(guest.call<std::string>("trap", "Hello"), VM_STATUS_WRONG_TYPE, "`trap` does not return bytes");
    CHECK_THROWS(guest.call<std::string>("outside"), VM_STATUS_OUT_OF_BOUNDS, "");
    CHECK_THROWS(guest.call<int32_t>("length", "Hello", 1), VM_STATUS_WRONG_COUNT, "");
    CHECK_THROWS(guest.call("missing", "Hello"), VM_STATUS_NOT_FOUND, "missing");
    CHECK_EQUAL(guest.call<int32_t>("blocks"), 0); // also of calls that failed
}

static void allocators_fail(vm::Context &context, vm::Instance instance)
{
    CHECK_THROWS(vm::Allocator::create(instance, "alloc_nothing", "free").call<int32_t>("length", "Hello"), VM_STATUS_OUT_OF_MEMORY,
                 "the guest's `alloc_nothing` returned 0 for 5 bytes");
    CHECK_THROWS(vm::Allocator::create(instance, "alloc_outside", "free").call<int32_t>("length", "Hello, world"), VM_STATUS_OUT_OF_BOUNDS, "");
    CHECK_THROWS(vm::Allocator::create(instance, "alloc_wrong", "free").call<int32_t>("length", "Hello"), VM_STATUS_WRONG_TYPE,
                 "`alloc_wrong` does not return an address");
    CHECK_THROWS(vm::Allocator::create(instance, "alloc_trap", "free").call<int32_t>("length", "Hello"), VM_STATUS_TRAP, "");
    CHECK_THROWS(vm::Allocator::create(instance, "malloc", "free"), VM_STATUS_NOT_FOUND, "malloc");
    CHECK_THROWS(vm::Allocator::create(instance, "alloc", "nothing"), VM_STATUS_NOT_FOUND, "nothing");
    CHECK_THROWS(vm::Allocator::create(instance, "alloc", "free", "heap"), VM_STATUS_NOT_FOUND, "heap");
    CHECK_THROWS(vm::Allocator::create(instance, "alloc", "alloc_trap").call<int32_t>("length", "Hello"), VM_STATUS_WRONG_COUNT, "");
    vm::Allocator guest = vm::Allocator::create(instance, "alloc", "free");
    context.close();
    CHECK_THROWS(guest.call<int32_t>("length", "Hello"), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    CHECK_EQUAL(guest.instance().context(), nullptr);
}

void test_bytes()
{
    vm::Engine engine;
    vm::Context context(engine);
    vm::Module module(engine, GUEST("cpp_bytes"));
    passes_bytes(context.instantiate(module), "free");
    passes_bytes(context.instantiate(module), "free_sized");
    allocators_fail(context, context.instantiate(module));
}
