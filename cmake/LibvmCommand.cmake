# Builds the command `libvm` with cargo, and what is installed with it, the component `tools`: manual pages, completions, and the SDK for
# plug-ins in Rust. Included by CMakeLists.txt after LibvmCargo.cmake.
set(command_name libvm${CMAKE_EXECUTABLE_SUFFIX})
set(command_file "${PROJECT_BINARY_DIR}/bin/${command_name}")
# In a debug build with the features that `cargo build` gives the dependencies, so that they are not built twice. A release has a profile,
# and so a folder, of its own: cargo would write libvm.so, on which the command depends as an rlib, into the place of the one that is
# installed.
set(debug $<CONFIG:Debug>)
set(command_built "${LIBVM_CARGO_TARGET_DIR}/${LIBVM_CARGO_TARGET}/$<IF:${debug},debug,command>")
set(command_arguments $<IF:${debug},build,rustc> --locked $<IF:${debug},--workspace,--package=libvm-cli> --bin libvm
  --profile $<IF:${debug},dev,command> --target-dir "${LIBVM_CARGO_TARGET_DIR}")
if(LIBVM_COMPILER)
  list(APPEND command_arguments --features libvm-cli/compiled)
endif()
if(LIBVM_CARGO_TARGET)
  list(APPEND command_arguments --target ${LIBVM_CARGO_TARGET})
endif()

set(share "${PROJECT_BINARY_DIR}/share")
# A command for another machine cannot write its pages here.
if(LIBVM_CARGO_TARGET)
  message(STATUS "libvm: without manual pages and completions of the command, which is built for ${LIBVM_CARGO_TARGET}")
else()
  set(completions "${share}/completions")
  set(page_commands
    COMMAND ${CMAKE_COMMAND} -E rm -rf "${share}/man1"
    COMMAND "${command_file}" manual "${share}/man1"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${completions}"
    COMMAND "${command_file}" completions bash > "${completions}/libvm"
    COMMAND "${command_file}" completions zsh > "${completions}/_libvm"
    COMMAND "${command_file}" completions fish > "${completions}/libvm.fish")
endif()

add_custom_target(libvm_command ALL
  COMMAND ${LIBVM_CARGO} ${command_arguments} "$<$<NOT:${debug}>:--;-C;strip=symbols>"
  COMMAND ${CMAKE_COMMAND} -E copy_if_different "${command_built}/${command_name}" "${command_file}"
  ${page_commands}
  BYPRODUCTS "${command_file}"
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  COMMENT "Building the command libvm with cargo"
  USES_TERMINAL VERBATIM COMMAND_EXPAND_LISTS)

# The crates of the SDK, and those that they use.
set(sdk "${PROJECT_BINARY_DIR}/sdk")
set(sdk_crates libvm-abi libvm-plugin libvm-plugin-macros)
set(sdk_sources Cargo.toml Cargo.lock cmake/LibvmSdk.cmake)
foreach(crate ${sdk_crates})
  file(GLOB_RECURSE files CONFIGURE_DEPENDS crates/${crate}/Cargo.toml crates/${crate}/src/*.rs)
  list(APPEND sdk_sources ${files})
endforeach()
add_custom_command(OUTPUT "${PROJECT_BINARY_DIR}/sdk.stamp"
  COMMAND ${CMAKE_COMMAND} "-DCARGO=${LIBVM_CARGO}" "-DSOURCES=${PROJECT_SOURCE_DIR}" "-DSDK=${sdk}" "-DCRATES=${sdk_crates}"
    -P "${PROJECT_SOURCE_DIR}/cmake/LibvmSdk.cmake"
  COMMAND ${CMAKE_COMMAND} -E touch "${PROJECT_BINARY_DIR}/sdk.stamp"
  DEPENDS ${sdk_sources}
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  COMMENT "Collecting the SDK for plug-ins in Rust" VERBATIM)
add_custom_target(libvm_sdk ALL DEPENDS "${PROJECT_BINARY_DIR}/sdk.stamp")

if(LIBVM_INSTALL)
  install(PROGRAMS "${command_file}" DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  # The command finds the SDK relative to its own file.
  install(DIRECTORY "${sdk}/" DESTINATION share/libvm/rust COMPONENT tools)
  if(page_commands)
    install(DIRECTORY "${share}/man1/" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
    install(FILES "${completions}/libvm" DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT tools)
    install(FILES "${completions}/_libvm" DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT tools)
    install(FILES "${completions}/libvm.fish" DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT tools)
  endif()
endif()
