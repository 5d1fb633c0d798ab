# A folder's headers are reached as "folder/name.h" through a view: a directory that holds one link,
# to that folder. A library gets its own view and those of the folders it names, so an include of
# any other folder finds nothing.
set(SECUDOC_VIEW ${CMAKE_SOURCE_DIR}/build/view)

function(secudoc_view name)
	file(MAKE_DIRECTORY ${SECUDOC_VIEW}/${name})
	# left alone when it is there: another build of this tree may be compiling through it
	if(NOT EXISTS ${SECUDOC_VIEW}/${name}/${name})
		file(CREATE_LINK ../../../${name} ${SECUDOC_VIEW}/${name}/${name} SYMBOLIC)
	endif()
endfunction()

# secudoc_library(NAME FOLDERS ... LIBS ...): all *.c of the folder NAME (main.c excepted)
function(secudoc_library name)
	cmake_parse_arguments(ARG "" "" "FOLDERS;LIBS" ${ARGN})
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.c)
	list(FILTER sources EXCLUDE REGEX "/main\\.c$")
	if(NOT sources)
		# a folder without a source yet is a library all the same
		set(sources ${CMAKE_BINARY_DIR}/empty.c)
		file(CONFIGURE OUTPUT ${sources} CONTENT "typedef int secudoc_empty;\n")
	endif()
	secudoc_view(${name})
	list(TRANSFORM ARG_FOLDERS PREPEND sd_ OUTPUT_VARIABLE folders)
	add_library(sd_${name} STATIC ${sources})
	set_target_properties(sd_${name} PROPERTIES LINKER_LANGUAGE C)
	target_include_directories(sd_${name} PUBLIC ${SECUDOC_VIEW}/${name})
	target_link_libraries(sd_${name} PUBLIC ${folders} PRIVATE secudoc_flags ${ARG_LIBS})
endfunction()

function(secudoc_program name folder)
	if(EXISTS ${CMAKE_SOURCE_DIR}/${folder}/main.c)
		add_executable(${name} ${CMAKE_SOURCE_DIR}/${folder}/main.c)
		target_link_libraries(${name} PRIVATE sd_${folder} secudoc_flags)
		target_compile_definitions(${name} PRIVATE SECUDOC_VERSION="${PROJECT_VERSION}")
	endif()
endfunction()
