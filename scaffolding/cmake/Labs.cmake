# Un laboratorio es una carpeta en labs/. De ella salen la parte del kit que se enlaza con el archivo del estudiante
# (labN_program) y el evaluador (labN_grader). `labN` construye las dos.
file(GLOB lab_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${CMAKE_SOURCE_DIR}/labs/lab*-*)
set(labs "")
foreach(folder IN LISTS lab_folders)
  get_filename_component(folder_name ${folder} NAME)
  string(REGEX MATCH "^lab[0-9]+" lab ${folder_name})
  string(REGEX REPLACE "^lab" "" lab_number ${lab})
  list(APPEND labs ${lab})

  add_library(${lab}_program STATIC ${CMAKE_SOURCE_DIR}/scaffolding/programs/${lab}_main.cpp $<TARGET_OBJECTS:student_kit>)
  target_include_directories(${lab}_program PRIVATE ${folder} ${CMAKE_SOURCE_DIR}/scaffolding/programs)
  target_compile_options(${lab}_program PRIVATE ${student_flags})
  target_link_libraries(${lab}_program PRIVATE kit_code)

  # Las pruebas ocultas, si las hay, van detrás: es el orden de la rúbrica.
  file(GLOB hidden_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/hidden/${lab}_test.cpp)
  add_executable(${lab}_grader ${CMAKE_SOURCE_DIR}/tests/${lab}_test.cpp ${hidden_tests}
                               ${CMAKE_SOURCE_DIR}/scaffolding/grader/main.cpp)
  target_compile_definitions(${lab}_grader PRIVATE LAB_NUMBER=${lab_number})
  target_link_libraries(${lab}_grader PRIVATE grader CLI11::CLI11)

  add_dependencies(${lab}_grader ${lab}_program)  # el evaluador lo enlaza con el archivo del estudiante

  add_custom_target(${lab} DEPENDS ${lab}_grader)
endforeach()
