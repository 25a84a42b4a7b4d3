# Un laboratorio es una carpeta en labs/. De ella salen la parte del kit que se enlaza con el archivo del estudiante
# (labN_program y, si la rúbrica pide vigilar las carreras, labN_races) y el evaluador (labN_grader). `labN` lo construye
# todo.
function(add_program target lab folder watch)
  add_library(${target} STATIC ${CMAKE_SOURCE_DIR}/scaffolding/programs/${lab}_main.cpp $<TARGET_OBJECTS:${watch}_kit>)
  target_include_directories(${target} PRIVATE ${folder} ${CMAKE_SOURCE_DIR}/scaffolding/programs)
  target_compile_options(${target} PRIVATE ${${watch}_flags})
  target_link_libraries(${target} PRIVATE kit_code)
  add_dependencies(${lab}_grader ${target})  # el evaluador lo enlaza con el archivo del estudiante
endfunction()

file(GLOB lab_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${CMAKE_SOURCE_DIR}/labs/lab*-*)
set(labs "")
foreach(folder IN LISTS lab_folders)
  get_filename_component(folder_name ${folder} NAME)
  string(REGEX MATCH "^lab[0-9]+" lab ${folder_name})
  string(REGEX REPLACE "^lab" "" lab_number ${lab})
  list(APPEND labs ${lab})

  # Las pruebas ocultas, si las hay, van detrás: es el orden de la rúbrica.
  file(GLOB hidden_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/hidden/${lab}_test.cpp)
  add_executable(${lab}_grader ${CMAKE_SOURCE_DIR}/tests/${lab}_test.cpp ${hidden_tests}
                               ${CMAKE_SOURCE_DIR}/scaffolding/grader/main.cpp)
  target_compile_definitions(${lab}_grader PRIVATE LAB_NUMBER=${lab_number})
  target_link_libraries(${lab}_grader PRIVATE grader CLI11::CLI11)

  add_program(${lab}_program ${lab} ${folder} memory)
  file(STRINGS ${folder}/rubric.json watches_races REGEX "\"races\": true")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/rubric.json)
  if(watches_races)
    add_program(${lab}_races ${lab} ${folder} race)
  endif()

  add_custom_target(${lab} DEPENDS ${lab}_grader)
endforeach()
