# Warnings for all of our targets, sanitizers and hardening by configuration. asserts stay on in
# release: an invariant that fails must stop the process, not be carried on with.
add_library(secudoc_flags INTERFACE)
target_compile_definitions(secudoc_flags INTERFACE _GNU_SOURCE)
target_compile_options(secudoc_flags INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wvla -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual -Wwrite-strings
	-Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion
	# cmp of small unsigned types promotes to int everywhere; the check finds nothing but that
	-Wno-sign-conversion
	# assert(!"why") is how an assertion speaks
	$<$<C_COMPILER_ID:Clang>:-Wno-string-conversion>
	-fno-strict-aliasing -fno-common)
if(SECUDOC_WERROR)
	target_compile_options(secudoc_flags INTERFACE -Werror)
endif()
if(SECUDOC_SANITIZE)
	target_compile_options(secudoc_flags INTERFACE
		-fsanitize=${SECUDOC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(secudoc_flags INTERFACE -fsanitize=${SECUDOC_SANITIZE})
endif()
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
	set(CMAKE_POSITION_INDEPENDENT_CODE ON)
	target_compile_options(secudoc_flags INTERFACE
		-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
		-fcf-protection
		# clang 14 has zero only behind a threat to take it away again
		-ftrivial-auto-var-init=$<IF:$<C_COMPILER_ID:Clang>,pattern,zero>)
	target_link_options(secudoc_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
find_program(CCACHE ccache)
if(CCACHE)
	set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
		CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
