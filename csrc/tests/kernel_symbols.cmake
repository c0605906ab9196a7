# Fails if the kernels of one instruction set define a weak symbol that those of another may define as well: the linker
# keeps one of them, and a processor without AVX-512 could be handed the copy that needs it.
#
#   cmake -D TARGET=avx2 -D NM=/usr/bin/nm -D OBJECTS=kernels.o -P kernel_symbols.cmake
if(NOT NM)
  message("skipped: there is no nm to list symbols with")
  return()
endif()
execute_process(COMMAND ${NM} -C ${OBJECTS} OUTPUT_VARIABLE listing RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${NM} could not read ${OBJECTS}")
endif()
string(FIND "${listing}" " semigen::${TARGET}::table" table)
if(table EQUAL -1)
  message(FATAL_ERROR "${OBJECTS} does not define semigen::${TARGET}::table: is the listing what it should be?")
endif()

string(REPLACE ";" "," listing "${listing}")
string(REPLACE "[" "(" listing "${listing}")  # an unmatched bracket would join items of a list
string(REPLACE "]" ")" listing "${listing}")
string(REPLACE "\n" ";" lines "${listing}")
set(shared "")
foreach(line IN LISTS lines)
  # W and V are weak, u is unique in the process. A name with the namespace in it cannot meet another's.
  if(line MATCHES "^[0-9a-fA-F]+ [WVu] (.*)$" AND NOT line MATCHES "semigen::${TARGET}::")
    string(APPEND shared "  ${CMAKE_MATCH_1}\n")
  endif()
endforeach()
if(shared)
  message(FATAL_ERROR "${TARGET} shares these symbols with other instruction sets:\n${shared}")
endif()
