# libvm_add_plugin(<name> <source>...): a plug-in written in C or C++. It is a MODULE library that exports its two symbols only
# and links nothing of libvm; the file has the name of the target. `install(TARGETS <name> DESTINATION ${LIBVM_PLUGIN_DIR})` installs
# it. In the build tree a link in `libvm/<abi>`, in the directory of the programs that the same CMakeLists.txt makes, lets those find it
# with VM_PluginLoadWithDefaultPaths; there is none for a plug-in that goes to a directory of its own (LIBRARY_OUTPUT_DIRECTORY).
function(libvm_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE libvm::headers)
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  # Hidden visibility leaves templates of the standard library, which another plug-in could use instead of its own.
  if(APPLE)
    target_link_options(${name} PRIVATE "LINKER:-exported_symbol,_libvm_plugin_*")
  elseif(UNIX)
    set(exports "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/libvm_plugin_exports.map")
    file(WRITE "${exports}" "{ global: libvm_plugin_*; local: *; };\n")
    target_link_options(${name} PRIVATE "LINKER:--version-script=${exports}")
  endif()

  set(programs "${CMAKE_CURRENT_BINARY_DIR}")
  if(CMAKE_RUNTIME_OUTPUT_DIRECTORY)
    set(programs "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  endif()
  get_property(several GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(several)
    string(APPEND programs "/$<CONFIG>")
  endif()
  set(directory "${programs}/${LIBVM_PLUGIN_SUBDIR}")
  set(how create_symlink)
  if(CMAKE_HOST_WIN32)
    set(how copy_if_different)
  endif()
  set(make_directory ${CMAKE_COMMAND} -E make_directory "${directory}")
  set(make_link ${CMAKE_COMMAND} -E ${how} "$<TARGET_FILE:${name}>" "${directory}/$<TARGET_FILE_NAME:${name}>")
  set(not_elsewhere $<STREQUAL:$<TARGET_PROPERTY:${name},LIBRARY_OUTPUT_DIRECTORY>,${CMAKE_LIBRARY_OUTPUT_DIRECTORY}>)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND "$<${not_elsewhere}:${make_directory}>"
    COMMAND "$<${not_elsewhere}:${make_link}>"
    COMMAND_EXPAND_LISTS VERBATIM)
endfunction()
