# The version of the plug-in ABI, which names directories of plug-ins: reads LIBVM_PLUGIN_SUBDIR from a header.
function(libvm_read_abi header)
  file(STRINGS "${header}" abi REGEX "^#define VM_ABI_M(AJOR|INOR) ")
  string(REGEX REPLACE "^[^0-9]*([0-9]+);[^0-9]*([0-9]+)$" "\\1.\\2" abi "${abi}")
  set(LIBVM_PLUGIN_SUBDIR libvm/${abi} PARENT_SCOPE)
endfunction()
