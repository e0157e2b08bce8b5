# libvm_add_plugin(<name> <source>...): a plug-in written in C or C++. It is a MODULE library that shows its two symbols only
# and links nothing of libvm; the file is called as the target.
function(libvm_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE libvm::headers)
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
endfunction()
