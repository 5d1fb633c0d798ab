/* cli/listeners.c - the supervisor's listening sockets. See listeners.h. */
#include "cli/listeners.h"

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTION_MONITOR "monitor"
#define RETRY_MS        200

static const struct listener *
find(const struct listeners *l, const char *section, const char *endpoint)
{
	for (size_t i = 0; l != NULL && i < l->count; i++) {
		if (strcmp(l->items[i].section, section) == 0 &&
		    strcmp(l->items[i].endpoint, endpoint) == 0)
			return &l->items[i];
	}
	return NULL;
}

static bool
uses_fd(const struct listeners *l, int fd)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->items[i].fd == fd)
			return true;
	}
	return false;
}

/* The old socket for the address that no new listener has yet: ":0" may stand there several times. */
static const struct listener *
find_kept(const struct listeners *old, const struct listeners *l, const char *section,
    const char *endpoint)
{
	for (size_t i = 0; old != NULL && i < old->count; i++) {
		if (strcmp(old->items[i].section, section) == 0 &&
		    strcmp(old->items[i].endpoint, endpoint) == 0 && !uses_fd(l, old->items[i].fd))
			return &old->items[i];
	}
	return NULL;
}

/* The supervisor blocks its signals and reads them in its loop, which does not run yet. */
static bool
told_to_stop(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

static enum err
open_patiently(const char *endpoint, int64_t patience_ms, int *ret_fd)
{
	int64_t give_up_ms = clock_mono_ms() + patience_ms;
	bool said = false;
	enum err err;

	while ((err = listen_open(endpoint, ret_fd)) == ERR_TEMP && clock_mono_ms() < give_up_ms &&
	    !told_to_stop()) {
		if (!said)
			log_err(LOG_WARN, NULL, "listen.wait", err);
		said = true;
		poll(NULL, 0, RETRY_MS);
	}
	return err;
}

static enum err
add(struct listeners *l, const struct listeners *old, const char *section, const char *endpoint,
    int64_t patience_ms)
{
	const struct listener *kept = find_kept(old, l, section, endpoint);
	struct listener *item = &l->items[l->count];

	if (l->count == LISTENERS_MAX)
		return err_set(ERR_LIMIT, "more than %u addresses to listen on", LISTENERS_MAX);
	if (find(l, section, endpoint) != NULL && !span_iends(span_str(endpoint), SPAN(":0")))
		return err_set(ERR_SYNTAX, "%s.listen names %s twice", section, endpoint);
	item->section = section;
	item->borrowed = kept != NULL;
	if (kept != NULL)
		item->fd = kept->fd;
	else
		TRY(open_patiently(endpoint, patience_ms, &item->fd));
	item->endpoint = strdup(endpoint);
	if (item->endpoint == NULL)
		abort();
	l->count++;
	return ERR_OK;
}

static enum err
add_all(struct listeners *l, const struct config *config, const struct listeners *old,
    int64_t patience_ms)
{
	for (int id = 0; id < ROLE__COUNT; id++) {
		const struct setting_list *wanted = role_endpoints((enum role_id)id, config);

		for (size_t i = 0; wanted != NULL && i < wanted->count; i++)
			TRY(add(l, old, roles[id].listen, wanted->items[i], patience_ms));
	}
	if (config->monitor_listen[0] != '\0')
		TRY(add(l, old, SECTION_MONITOR, config->monitor_listen, patience_ms));
	return ERR_OK;
}

enum err
listeners_open(const struct config *config, const struct listeners *old, int64_t patience_ms,
    struct listeners *ret)
{
	struct listeners l = { .count = 0 };
	enum err err = add_all(&l, config, old, patience_ms);

	if (err != ERR_OK) {
		listeners_close(&l);
		return err;
	}
	*ret = l;
	return ERR_OK;
}

void
listeners_close(struct listeners *l)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!l->items[i].borrowed)
			close(l->items[i].fd);
		free(l->items[i].endpoint);
	}
	l->count = 0;
}

void
listeners_adopt(struct listeners *next, struct listeners *old)
{
	for (size_t i = 0; i < old->count; i++)
		old->items[i].borrowed = uses_fd(next, old->items[i].fd);
	listeners_close(old);
	for (size_t i = 0; i < next->count; i++)
		next->items[i].borrowed = false;
}

enum err
listeners_fds(const struct listeners *l, const char *section, struct buf *out)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->items[i].section, section) == 0)
			TRY(buf_printf(out, "%s%d", out->len > 0 ? "," : "", l->items[i].fd));
	}
	return ERR_OK;
}

int
listeners_monitor(const struct listeners *l)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->items[i].section, SECTION_MONITOR) == 0)
			return l->items[i].fd;
	}
	return -1;
}

static enum err
publish_json(const struct listeners *l, struct buf *out)
{
	struct json_writer w;
	char name[LISTEN_NAME_SIZE];

	json_begin(&w, out);
	json_object(&w, NULL);
	for (int id = 0; id < ROLE__COUNT; id++) {
		if (roles[id].listen == NULL)
			continue;
		json_array(&w, roles[id].listen);
		for (size_t i = 0; i < l->count; i++) {
			if (strcmp(l->items[i].section, roles[id].listen) == 0)
				json_put_str(&w, NULL, span_str(listen_name(l->items[i].fd, name)));
		}
		json_end(&w, ']');
	}
	if (listeners_monitor(l) >= 0)
		json_put_str(
		    &w, SECTION_MONITOR, span_str(listen_name(listeners_monitor(l), name)));
	json_end(&w, '}');
	return json_finish(&w);
}

static enum err
write_aside(const char *path, const char *aside, struct span text)
{
	FILE *file = fopen(aside, "we");

	if (file == NULL)
		return err_set(ERR_TEMP, "%s: %s", aside, strerror(errno));
	if (fwrite(text.p, 1, text.len, file) != text.len) {
		fclose(file);
		return err_set(ERR_TEMP, "%s: %s", aside, strerror(errno));
	}
	if (fclose(file) != 0 || rename(aside, path) != 0)
		return err_set(ERR_TEMP, "%s: %s", path, strerror(errno));
	return ERR_OK;
}

enum err
listeners_publish(const struct listeners *l, const char *run_dir)
{
	CLEANUP(buf_done) struct buf text;
	CLEANUP(buf_done) struct buf path;
	CLEANUP(buf_done) struct buf aside;

	buf_init(&text, 16 << 10);
	buf_init(&path, 4096);
	buf_init(&aside, 4096);
	TRY(publish_json(l, &text));
	TRY(buf_printf(&path, "%s/listeners.json", run_dir));
	TRY(buf_printf(&aside, "%s/listeners.json.new", run_dir));
	return write_aside(buf_cstr(&path), buf_cstr(&aside), buf_span(&text));
}
