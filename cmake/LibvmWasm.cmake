# libvm_add_wasm(<target> <folder> <file.wat>...): makes <folder>/<name>.wasm of each text file, with `cargo xtask wat`.
set(LIBVM_XTASK "" CACHE FILEPATH "A built xtask; empty to build it when it is needed")
get_filename_component(LIBVM_REPOSITORY "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

function(libvm_add_wasm target folder)
  if(LIBVM_XTASK)
    set(xtask "${LIBVM_XTASK}")
    set(needs "${LIBVM_XTASK}")
  else()
    if(NOT LIBVM_CARGO_TARGET_DIR)
      set(LIBVM_CARGO_TARGET_DIR "${CMAKE_BINARY_DIR}/cargo")
    endif()
    find_program(LIBVM_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
    if(NOT TARGET libvm_xtask)
      add_custom_target(libvm_xtask
        COMMAND ${LIBVM_CARGO} build --locked --package xtask --target-dir "${LIBVM_CARGO_TARGET_DIR}"
        WORKING_DIRECTORY "${LIBVM_REPOSITORY}" COMMENT "Building xtask with cargo" USES_TERMINAL VERBATIM)
    endif()
    set(xtask "${LIBVM_CARGO_TARGET_DIR}/debug/xtask")
    set(needs libvm_xtask)
  endif()

  file(MAKE_DIRECTORY "${folder}")
  set(made "")
  foreach(source ${ARGN})
    get_filename_component(source "${source}" ABSOLUTE)
    get_filename_component(name "${source}" NAME_WE)
    add_custom_command(OUTPUT "${folder}/${name}.wasm"
      COMMAND "${xtask}" wat "${source}" "${folder}/${name}.wasm"
      DEPENDS "${source}" ${needs} VERBATIM)
    list(APPEND made "${folder}/${name}.wasm")
  endforeach()
  add_custom_target(${target} ALL DEPENDS ${made})
endfunction()
