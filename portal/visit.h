/*
 * portal/visit.h - the handlers behind the route table, one a row; each makes the reply of its
 * visit.
 */
#ifndef SECUDOC_PORTAL_VISIT_H
#define SECUDOC_PORTAL_VISIT_H

#include "portal/web.h"

/* portal/visit_link.c: with a link */
void visit_link(struct visit *v);
void visit_code_new(struct visit *v);
void visit_code(struct visit *v);
void visit_open(struct visit *v);

/* portal/visit_files.c: with a session */
void visit_files(struct visit *v);
void visit_download(struct visit *v);
void visit_close(struct visit *v);

/* portal/visit_static.c: anybody */
void visit_closed(struct visit *v);
void visit_style(struct visit *v);
void visit_robots(struct visit *v);

#endif
