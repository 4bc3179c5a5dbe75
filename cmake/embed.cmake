# Writes a C++ source that defines files as std::string_view constants of namespace muster:
#
#   cmake -D OUT=assets.cc -D HEADER=folder/assets.h -D "FILES=kPage=page.html;kStyle=a.css" -P embed.cmake
#
# As numbers: a string literal of that length is beyond what the standard promises.
set(text "#include \"${HEADER}\"\n\nnamespace muster {\nnamespace {\n\n")
set(views "")
foreach(pair ${FILES})
  string(REGEX MATCH "^([A-Za-z]+)=(.+)$" matched "${pair}")
  if(NOT matched)
    message(FATAL_ERROR "not NAME=FILE: ${pair}")
  endif()
  set(name ${CMAKE_MATCH_1})
  file(READ "${CMAKE_MATCH_2}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND text "constexpr unsigned char ${name}Bytes[] = {\n${hex}};\n\n")
  string(APPEND views "const std::string_view ${name}(reinterpret_cast<const char*>(${name}Bytes), ${size});\n")
endforeach()
file(WRITE "${OUT}" "${text}}  // namespace\n\n${views}\n}  // namespace muster\n")
