# The layouts that the headers assert hold on processors of 32 and 64 bit, with either alignment of 64-bit numbers.
# cmake -DINCLUDE=<folder> -P layouts.cmake
find_program(clang_program clang)
if(NOT clang_program)
  message("skipped: clang was not found")
  return()
endif()
foreach(target i386-linux-gnu armv7-none-eabi wasm32 x86_64-linux-gnu aarch64-none-elf s390x-linux-gnu x86_64-pc-windows-msvc)
  execute_process(COMMAND ${clang_program} --target=${target} -ffreestanding -std=c99 -Wall -Wextra -Wpedantic -Werror "-I${INCLUDE}"
    -fsyntax-only -x c "${INCLUDE}/libvm/plugin.h" RESULT_VARIABLE result ERROR_VARIABLE errors)
  if(NOT result EQUAL 0)
    message(SEND_ERROR "${target}:\n${errors}")
  endif()
endforeach()
