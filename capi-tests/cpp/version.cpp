/* A program that finds a libvm of another minor version: its own functions take the place of the library's. */
#include "test.hpp"

std::atomic<int> failures{ 0 };
static uint32_t number = VM_VERSION_NUMBER;

extern "C" uint32_t VM_CALL VM_VersionGetNumber(void) { return number; }
extern "C" const char *VM_CALL VM_VersionGetString(void) { return "the other one"; }

int main()
{
    const std::string expected = "the program was compiled with libvm " VM_VERSION_STRING " and runs with libvm the other one: compile it again, or install libvm ";
    vm::Engine engine;
    number = VM_VERSION_NUMBER + 1; /* another patch */
    vm::Engine other;
    for (uint32_t minor : { number - 1000, number + 1000, number + 1000000 }) {
        number = minor;
        CHECK_THROWS(vm::Engine(), VM_STATUS_UNSUPPORTED, expected + std::to_string(VM_VERSION_MAJOR) + "." + std::to_string(VM_VERSION_MINOR));
        CHECK_THROWS(vm::Engine{ vm::EngineConfig() }, VM_STATUS_UNSUPPORTED, expected);
    }
    return failures == 0 ? 0 : 1;
}
