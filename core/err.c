#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char note[512];

void
err_note_set(const char *fmt, ...)
{
	va_list args;

	/* a note may quote the one before: written aside first */
	char text[sizeof(note)];
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(note, sizeof(note), "%s", n < 0 ? "" : text);
}

const char *
err_note(void)
{
	return note;
}

const char *
err_name(enum err err)
{
	switch (err) {
	case ERR_OK:
		return "ok";
	case ERR_SYNTAX:
		return "syntax";
	case ERR_LIMIT:
		return "limit";
	case ERR_DENIED:
		return "denied";
	case ERR_NOT_FOUND:
		return "not-found";
	case ERR_TEMP:
		return "temporary";
	case ERR_UNCERTAIN:
		return "uncertain";
	}
	return "unknown";
}
