/*
 * portal/file_list.h - files as rows of a page.
 */
#ifndef SECUDOC_PORTAL_FILE_LIST_H
#define SECUDOC_PORTAL_FILE_LIST_H

#include "portal/files.h"
#include "portal/template.h"

struct file_list {
	struct template_view *rows; /* no, name, ext, size */
	size_t count;
	struct span total; /* "1.2 MB" */
	char count_text[24];
	struct arena arena;
};

/* Borrows names from f. ERR_TEMP. End it with file_list_done() in any case. */
MUST_USE enum err
file_list_init(struct file_list *l, const struct files *f, enum tenant_language language);
void file_list_done(struct file_list *l);

#endif
