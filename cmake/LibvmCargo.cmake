# Runs cargo and puts the libraries under their final names into <build>/lib, so that programs of the build tree find the soname.
find_program(LIBVM_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT LIBVM_CARGO)
  message(FATAL_ERROR "libvm needs Rust, and cargo was not found: install it from https://rustup.rs, or set LIBVM_CARGO")
endif()

set(LIBVM_VERSION ${PROJECT_VERSION})
set(LIBVM_ABI_VERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}) # until 1.0 each minor version is an ABI of its own
include(${CMAKE_CURRENT_LIST_DIR}/LibvmNames.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/LibvmTargets.cmake)

# Of cargo's profiles "dev" writes to "debug".
set(profile "$<IF:$<CONFIG:Debug>,dev,release>")
set(built "${LIBVM_CARGO_TARGET_DIR}/${LIBVM_CARGO_TARGET}/$<IF:$<CONFIG:Debug>,debug,release>")
# A release is built without the rlib of Cargo.toml: cargo leaves link-time optimisation out where a crate is an rlib too. In a
# debug build what `cargo build` has made is used.
set(arguments $<IF:$<CONFIG:Debug>,build,rustc> --locked --package libvm --lib $<$<NOT:$<CONFIG:Debug>>:--crate-type=cdylib,staticlib>
  --profile ${profile} --target-dir "${LIBVM_CARGO_TARGET_DIR}")
if(LIBVM_CARGO_TARGET)
  list(APPEND arguments --target ${LIBVM_CARGO_TARGET})
endif()
if(NOT LIBVM_CARGO_DEFAULT_FEATURES)
  list(APPEND arguments --no-default-features)
endif()
set(features ${LIBVM_CARGO_FEATURES})
if(LIBVM_COMPILER)
  list(APPEND features compiled) # a library without it does not open the compiler
endif()
if(features)
  list(REMOVE_DUPLICATES features)
  list(JOIN features "," features)
  list(APPEND arguments --features ${features})
endif()

set(lib_dir "${PROJECT_BINARY_DIR}/lib")
set(shared_file "${lib_dir}/${LIBVM_SHARED_FILE}")
if(LIBVM_IMPORT_LIBRARY)
  set(shared_file "${PROJECT_BINARY_DIR}/bin/${LIBVM_SHARED_FILE}")
  set(import_commands COMMAND ${CMAKE_COMMAND} -E copy_if_different "${built}/${LIBVM_CARGO_IMPORT}" "${lib_dir}/${LIBVM_IMPORT_LIBRARY}")
endif()
file(MAKE_DIRECTORY "${lib_dir}" "${PROJECT_BINARY_DIR}/bin")
foreach(link ${LIBVM_SHARED_LINKS})
  file(CREATE_LINK ${LIBVM_SHARED_FILE} "${lib_dir}/${link}" SYMBOLIC)
endforeach()

# Always run: cargo itself knows best what has changed.
add_custom_target(libvm_cargo ALL
  COMMAND ${LIBVM_CARGO} ${arguments}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different "${built}/${LIBVM_CARGO_SHARED}" "${shared_file}"
  COMMAND ${CMAKE_COMMAND} -E copy_if_different "${built}/${LIBVM_CARGO_STATIC}" "${lib_dir}/${LIBVM_STATIC_FILE}"
  ${import_commands}
  BYPRODUCTS "${shared_file}" "${lib_dir}/${LIBVM_STATIC_FILE}"
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  COMMENT "Building libvm with cargo"
  USES_TERMINAL VERBATIM COMMAND_EXPAND_LISTS)

libvm_define_targets("${PROJECT_SOURCE_DIR}/include" "${lib_dir}")
add_dependencies(libvm::libvm libvm_cargo)
add_dependencies(libvm::static libvm_cargo)

# Builds a plug-in in Rust, a package of this workspace, into a folder: libvm_cargo_plugin(<target> <package> <folder> <name>). A
# release is built without the rlib, as libvm itself, and has no symbols but the two of a plug-in.
function(libvm_cargo_plugin target package folder name)
  string(REPLACE "-" "_" crate "${package}")
  set(file "${CMAKE_SHARED_LIBRARY_PREFIX}${crate}${CMAKE_SHARED_LIBRARY_SUFFIX}")
  set(cross $<$<BOOL:${LIBVM_CARGO_TARGET}>:--target=${LIBVM_CARGO_TARGET}>)
  set(release $<NOT:$<CONFIG:Debug>>)
  add_custom_target(${target} ALL
    COMMAND ${LIBVM_CARGO} $<IF:${release},rustc,build> --locked --package ${package} --lib $<${release}:--crate-type=cdylib> --profile ${profile}
      --target-dir "${LIBVM_CARGO_TARGET_DIR}" ${cross} "$<${release}:--;-C;strip=symbols>"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${folder}"
    COMMAND ${CMAKE_COMMAND} -E copy_if_different "${built}/${file}" "${folder}/${name}${CMAKE_SHARED_MODULE_SUFFIX}"
    BYPRODUCTS "${folder}/${name}${CMAKE_SHARED_MODULE_SUFFIX}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    COMMENT "Building the plug-in ${package} with cargo"
    USES_TERMINAL VERBATIM COMMAND_EXPAND_LISTS)
endfunction()

# Builds a static library, of a package of this workspace: libvm_cargo_static(<target> <package> <file> [<argument of cargo>...]).
function(libvm_cargo_static target package file)
  string(REPLACE "-" "_" crate "${package}")
  set(made "${built}/${CMAKE_STATIC_LIBRARY_PREFIX}${crate}${CMAKE_STATIC_LIBRARY_SUFFIX}")
  set(cross $<$<BOOL:${LIBVM_CARGO_TARGET}>:--target=${LIBVM_CARGO_TARGET}>)
  get_filename_component(folder "${file}" DIRECTORY)
  add_custom_target(${target} ALL
    COMMAND ${LIBVM_CARGO} build --locked --package ${package} --lib --profile ${profile} --target-dir "${LIBVM_CARGO_TARGET_DIR}" ${cross} ${ARGN}
    COMMAND ${CMAKE_COMMAND} -E make_directory "${folder}"
    COMMAND ${CMAKE_COMMAND} -E copy_if_different "${made}" "${file}"
    BYPRODUCTS "${file}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    COMMENT "Building the static library ${package} with cargo"
    USES_TERMINAL VERBATIM COMMAND_EXPAND_LISTS)
endfunction()
