# One folder is one target. Its adapters, the files that wait and forward (asio_*, epoll_*, grpc_*,
# prometheus_*), form a second one, <folder>_io. main.cc files belong to neither.
#
#   muster_folder(common_time DEPS common_base IO_DEPS Boost::headers)
#
# Sources are compiled several at a time (CMAKE_UNITY_BUILD in the presets), which takes a third of the
# time. ALONE: files whose own names clash with those of another one in the folder.
function(muster_folder name)
  cmake_parse_arguments(ARG "" "" "DEPS;IO_DEPS;ALONE" ${ARGN})
  muster_alone(${ARG_ALONE})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  set(io_sources ${sources})
  list(FILTER sources EXCLUDE REGEX "/(asio|epoll|grpc|prometheus)_[^/]*\\.cc$")
  list(FILTER io_sources INCLUDE REGEX "/(asio|epoll|grpc|prometheus)_[^/]*\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()
  if(MUSTER_TRANSPORT_FREE)
    list(FILTER io_sources EXCLUDE REGEX "/grpc_[^/]*\\.cc$")
    list(FILTER ARG_IO_DEPS EXCLUDE REGEX "gRPC|_grpc")
  endif()
  if(io_sources)
    add_library(${name}_io STATIC ${io_sources})
    target_link_libraries(${name}_io PUBLIC ${name} ${ARG_IO_DEPS})
  endif()
endfunction()

# One test program per folder below tests/, named after it: tests/common/stats -> common_stats_test.
#
#   muster_test(common/stats DEPS common_stats)
#
# THREADS: more than one thread meets in it, so the thread sanitizer runs it too. OPTIMIZED: the test
# itself computes, not only what it tests. ALONE: as above, without
# their folder and "_test.cc".
function(muster_test folder)
  cmake_parse_arguments(ARG "THREADS;OPTIMIZED" "" "DEPS;ALONE" ${ARGN})
  list(TRANSFORM ARG_ALONE REPLACE ".+" "${folder}/\\0_test.cc")
  muster_alone(${ARG_ALONE})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*_test.cc)
  if(MUSTER_TRANSPORT_FREE)
    list(FILTER sources EXCLUDE REGEX "/grpc_[^/]*$")
  endif()
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "_" name ${folder})
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE MUSTER_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name}_test)
  if(NOT ARG_OPTIMIZED)
    target_compile_options(${name}_test PRIVATE -O0)  # a third less time to build them
  endif()
  if(ARG_THREADS)
    muster_threaded_test(${name})
  endif()
endfunction()

# The test <name> of the program <name>_test is for the thread sanitizer; the target threaded_tests builds it.
function(muster_threaded_test name)
  if(NOT TARGET threaded_tests)
    add_custom_target(threaded_tests)
  endif()
  add_dependencies(threaded_tests ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS threads)
endfunction()

# Leaves these sources of the current folder out of what is compiled together.
function(muster_alone)
  foreach(file ${ARGN})
    cmake_path(ABSOLUTE_PATH file)
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "no such source: ${file}")
    endif()
  endforeach()
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
