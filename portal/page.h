/*
 * portal/page.h - the pages themselves: HTML with holes, and the one style sheet.
 *
 * Each page is whole, from doctype to </html>, and names the holes that it needs. The holes of the
 * frame (organisation, languages ...) are set by portal/reply.c for all of them. No page has
 * script, and no page names another host.
 */
#ifndef SECUDOC_PORTAL_PAGE_H
#define SECUDOC_PORTAL_PAGE_H

/*
 * token, page, count, one, sender_name, sender, until, total, files and more_files [name, ext, size] with
 * more, more_count, more_one; open_handle; address or typed [address_error]
 */
extern const char page_link[];
/*
 * token, page, who, minutes, address or typed; error with one of wrong [left, last], used_up,
 * not_right, odd, too_many
 */
extern const char page_code[];
/* handle, page, one, minutes, one_minute, files[name size ext no] */
extern const char page_files[];
extern const char page_closed[];
extern const char page_gone[];    /* 404 for whatever reason */
extern const char page_over[];    /* 403: no session (any more) */
extern const char page_stale[];   /* 403: the form's page token is missing, old or another's */
extern const char page_refused[]; /* 4xx that no honest browser meets */
extern const char page_later[];   /* 503 */

extern const char *const page_style[]; /* CSS, in pieces; NULL ends it */

#endif
