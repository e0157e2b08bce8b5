// The function of the plug-in, in the language that can throw.
#include <libvm/types.h>
#include <stdexcept>

extern "C" VM_Status throw_an_exception(void *, VM_Caller *, const VM_Value *, VM_Value *)
{
    throw std::runtime_error("nobody catches this");
}
