#include "core/config.h"

#include "core/address.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX     (1u << 20) /* a configuration is a page or two */
#define VALUES_BYTES (4u << 20) /* what libconfuse hands over, and what it is turned into */
#define SECTIONS_MAX 16u
#define ROWS_MAX     128u

/* What the file said about one row. */
struct said {
	const char **values;
	size_t count;
	int line; /* of its first value; 0: nothing */
	bool again;
};

struct reading {
	const char *name;
	struct arena *arena;
	struct said said[ROWS_MAX];
	bool no_memory;
	char complaint[400]; /* libconfuse's first */
};

static void complain(cfg_t *cfg, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

/* libconfuse gives its callbacks no context, and its scanner is not reentrant anyway: one thread. */
static struct reading *reading;

static void
complain(cfg_t *cfg, const char *fmt, va_list args)
{
	char words[300];

	if (reading->complaint[0] != '\0')
		return;
	vsnprintf(words, sizeof(words), fmt, args);
	char safe[320];
	(void)span_printable(span_str(words), safe, sizeof(safe));
	if (cfg == NULL)
		snprintf(
		    reading->complaint, sizeof(reading->complaint), "%s: %s", reading->name, safe);
	else
		snprintf(reading->complaint, sizeof(reading->complaint), "%s:%d: %s", reading->name,
		    cfg->line, safe);
}

static struct said *
said_of(const cfg_t *section, const char *option)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", section->name, option);
	const struct setting *row = setting_find(config_table, config_table_count, span_str(name));
	assert(row != NULL);
	return &reading->said[row - config_table];
}

/* libconfuse calls this for each value it reads; the value is kept here, and checked when all are read. */
static int
take_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct said *said = said_of(cfg, opt->name);
	bool list = (opt->flags & CFGF_LIST) != 0;

	/* a second "name = " begins counting anew */
	if (said->count > 0 && (!list || opt->nvalues <= said->count))
		said->again = true;
	if (said->line == 0)
		said->line = cfg->line;
	const char **grown = arena_alloc(reading->arena, (said->count + 1) * sizeof(*grown));
	char *copy = arena_strdup(reading->arena, span_str(value));
	if (grown == NULL || copy == NULL) {
		reading->no_memory = true;
		return -1;
	}
	if (said->count > 0)
		memcpy(grown, said->values, said->count * sizeof(*grown));
	grown[said->count++] = copy;
	said->values = grown;
	*(const char **)result = copy;
	return 0;
}

static struct span
section_of(const struct setting *row)
{
	struct span name = span_str(row->name), section = SPAN_NONE;
	bool dotted = span_take_until(&name, '.', &section);

	assert(dotted);
	return section;
}

/*
 * libconfuse's description of the file, made from our table: a section for each prefix, every value a
 * text. Sections may come several times as far as it is concerned, because it would silently drop the
 * first otherwise; we refuse the second.
 */
static enum err
describe(struct arena *a, cfg_opt_t **ret)
{
	cfg_opt_t *sections = arena_alloc(a, (SECTIONS_MAX + 1) * sizeof(*sections));
	size_t n = 0;

	for (size_t i = 0; sections != NULL && i < config_table_count;) {
		struct span section = section_of(&config_table[i]);
		cfg_opt_t *opts = arena_alloc(a, (ROWS_MAX + 1) * sizeof(*opts));
		char *name = arena_strdup(a, section);
		size_t k = 0;

		if (opts == NULL || name == NULL)
			return ERR_TEMP;
		for (; i < config_table_count && span_eq(section_of(&config_table[i]), section);
		     i++) {
			const struct setting *row = &config_table[i];
			const char *option = row->name + section.len + 1;

			opts[k++] = setting_is_list(row->type)
			    ? (cfg_opt_t)CFG_STR_LIST_CB(option, NULL, CFGF_NONE, take_value)
			    : (cfg_opt_t)CFG_STR_CB(option, NULL, CFGF_NODEFAULT, take_value);
		}
		opts[k] = (cfg_opt_t)CFG_END();
		assert(n < SECTIONS_MAX);
		sections[n++] = (cfg_opt_t)CFG_SEC(name, opts, CFGF_MULTI);
	}
	if (sections == NULL)
		return ERR_TEMP;
	sections[n] = (cfg_opt_t)CFG_END();
	*ret = sections;
	return ERR_OK;
}

static enum err
sections_once(const struct reading *r, cfg_t *cfg, const cfg_opt_t *sections)
{
	for (; sections->name != NULL; sections++) {
		if (cfg_size(cfg, sections->name) > 1)
			return err_set(ERR_SYNTAX, "%s:%d: section %s a second time", r->name,
			    cfg_getnsec(cfg, sections->name, 1)->line, sections->name);
	}
	return ERR_OK;
}

/* A list of nothing calls no callback; libconfuse marks that it was written all the same. */
static void
note_empty_lists(struct reading *r, cfg_t *cfg)
{
	for (size_t i = 0; i < config_table_count; i++) {
		struct span section = section_of(&config_table[i]);
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)section.len, (const char *)section.p);
		if (r->said[i].line != 0 || cfg_size(cfg, name) == 0)
			continue;
		cfg_t *sec = cfg_getsec(cfg, name);
		cfg_opt_t *opt = cfg_getopt(sec, config_table[i].name + section.len + 1);
		if (opt != NULL && (opt->flags & CFGF_MODIFIED) != 0)
			r->said[i].line = sec->line;
	}
}

/* parse() - let libconfuse read text; what it found is in r->said then. */
static enum err
parse(struct reading *r, const char *text)
{
	cfg_opt_t *sections = NULL;

	TRY(describe(r->arena, &sections));
	cfg_t *cfg = cfg_init(sections, CFGF_NONE);
	if (cfg == NULL)
		return err_set(ERR_TEMP, "no memory for %s", r->name);
	cfg_set_error_function(cfg, complain);
	reading = r;
	int result = cfg_parse_buf(cfg, text);
	reading = NULL;
	enum err err = ERR_OK;
	if (r->no_memory)
		err = ERR_LIMIT; /* the arena wrote the note */
	else if (result != CFG_SUCCESS)
		err = err_set(ERR_SYNTAX, "%s", r->complaint[0] != '\0' ? r->complaint : r->name);
	else
		err = sections_once(r, cfg, sections);
	if (err == ERR_OK)
		note_empty_lists(r, cfg);
	cfg_free(cfg);
	return err;
}

/* at_line() - puts "FILE:LINE: " before the thread's note; line 0: "FILE: ", nowhere in it. */
static enum err
at_line(enum err err, const char *name, int line)
{
	char note[400];

	snprintf(note, sizeof(note), "%s", err_note());
	if (line == 0)
		return err_set(err, "%s: %s", name, note);
	return err_set(err, "%s:%d: %s", name, line, note);
}

static enum err
assign_all(const struct reading *r, const char *dir, struct config *c)
{
	for (size_t i = 0; i < config_table_count; i++) {
		const struct setting *row = &config_table[i];
		const struct said *said = &r->said[i];

		if (said->line == 0)
			continue;
		if (said->again)
			return err_set(
			    ERR_SYNTAX, "%s:%d: %s a second time", r->name, said->line, row->name);
		enum err err = setting_assign(row, c, said->values, said->count, dir, &c->arena);
		if (err != ERR_OK)
			return at_line(err, r->name, said->line);
	}
	return ERR_OK;
}

static bool
is_loopback(const char *endpoint)
{
	struct span s = span_str(endpoint);

	return span_starts(s, SPAN("127.")) || span_starts(s, SPAN("[::1]:")) ||
	    span_istarts(s, SPAN("localhost:"));
}

/* line_of() - where the file says it; 0 when the default stands. */
static int
line_of(const struct reading *r, const char *name)
{
	const struct setting *row = setting_find(config_table, config_table_count, span_str(name));

	assert(row != NULL);
	return r->said[row - config_table].line;
}

static enum err
wrong(const struct reading *r, const char *setting, const char *words)
{
	return at_line(err_set(ERR_SYNTAX, "%s", words), r->name, line_of(r, setting));
}

/* What one row alone cannot say. */
static enum err
check_together(const struct reading *r, const struct config *c)
{
	if (line_of(r, "smtp.hostname") != 0 && !domain_valid(span_str(c->smtp_hostname)))
		return wrong(r, "smtp.hostname", "smtp.hostname is not a host name");
	if (c->deliver_hostname[0] != '\0' && !domain_valid(span_str(c->deliver_hostname)))
		return wrong(r, "deliver.hostname", "deliver.hostname is not a host name");
	if ((c->web_cert[0] == '\0') != (c->web_key[0] == '\0'))
		return wrong(r, c->web_cert[0] == '\0' ? "web.key" : "web.cert",
		    "web.cert and web.key belong together");
	if (!is_loopback(c->monitor_listen))
		return wrong(r, "monitor.listen", "monitor.listen must be a loopback address");
	if (c->deliver_retry_min_ms > c->deliver_retry_max_ms)
		return wrong(
		    r, "deliver.retry_min", "deliver.retry_min is longer than deliver.retry_max");
	if (c->restart_min_ms > c->restart_max_ms)
		return wrong(
		    r, "serve.restart_min", "serve.restart_min is longer than serve.restart_max");
	return ERR_OK;
}

/* "sqlite:PATH": the path is taken from the file's folder as all others are */
static enum err
resolve_database(const struct reading *r, const char *dir, struct config *c)
{
	struct span path = span_str(c->database), joined;

	if (!span_take(&path, SPAN("sqlite:")) || path.len == 0)
		return wrong(r, "store.database", "store.database must be \"sqlite:\" and a path");
	if (path.p[0] == '/')
		return ERR_OK;
	TRY(arena_printf(&c->arena, &joined, "sqlite:%s/%s", dir, (const char *)path.p));
	c->database = (const char *)joined.p;
	return ERR_OK;
}

/* What is there is judged before what is not: it has a line, and may be why something is missing. */
static enum err
none_missing(const struct reading *r, const struct config *c)
{
	for (size_t i = 0; i < config_table_count; i++)
		if (r->said[i].line == 0 && config_table[i].def == NULL)
			return err_set(
			    ERR_SYNTAX, "%s: %s is missing", r->name, config_table[i].name);
	if (c->web_cert[0] == '\0' && !c->web_behind_proxy)
		return wrong(r, "web.cert",
		    "web.cert is missing; it is needed unless web.behind_proxy is true");
	return ERR_OK;
}

static enum err
fill(struct reading *r, const char *text, const char *dir, struct config *c)
{
	TRY(parse(r, text));
	TRY(settings_defaults(config_table, config_table_count, c, dir, &c->arena));
	TRY(assign_all(r, dir, c));
	TRY(resolve_database(r, dir, c));
	TRY(check_together(r, c));
	TRY(none_missing(r, c));
	if (c->deliver_hostname[0] == '\0')
		c->deliver_hostname = c->smtp_hostname;
	return ERR_OK;
}

enum err
config_parse(const char *name, struct span text, const char *dir, struct config **ret)
{
	CLEANUP(arena_done) struct arena arena;
	CLEANUP(config_free) struct config *c = NULL;
	struct reading r = { .name = name, .arena = &arena };

	assert(config_table_count <= ROWS_MAX);
	arena_init(&arena, VALUES_BYTES);
	if (text.len > FILE_MAX)
		return err_set(ERR_LIMIT, "%s: %zu bytes, %u allowed", name, text.len, FILE_MAX);
	if (span_find_byte(text, '\0') < text.len)
		return err_set(ERR_SYNTAX, "%s: NUL byte at %zu", name, span_find_byte(text, '\0'));
	char *copy = arena_strdup(&arena, text);
	c = calloc(1, sizeof(*c));
	if (copy == NULL || c == NULL)
		return err_set(ERR_TEMP, "no memory for %s", name);
	arena_init(&c->arena, VALUES_BYTES);
	TRY(fill(&r, copy, dir, c));
	*ret = c;
	c = NULL;
	return ERR_OK;
}

void
config_free(struct config **c)
{
	if (*c == NULL)
		return;
	arena_done(&(*c)->arena);
	free(*c);
	*c = NULL;
}

static enum err
read_file(const char *path, struct buf *out)
{
	struct stat st;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return err_set(
		    errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED, "%s: %s", path, strerror(errno));
	enum err err = ERR_OK;
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode))
		err = err_set(ERR_SYNTAX, "%s: not a file", path);
	while (err == ERR_OK && !feof(f)) {
		uint8_t chunk[4096];
		size_t n = fread(chunk, 1, sizeof(chunk), f);

		err = ferror(f) ? err_set(ERR_TEMP, "%s: %s", path, strerror(errno))
				: buf_put(out, span_of(chunk, n));
	}
	fclose(f);
	return err;
}

static void
free_text(char **text)
{
	free(*text);
}

enum err
config_load(const char *path, struct config **ret)
{
	CLEANUP(buf_done) struct buf text;
	CLEANUP(free_text) char *full = NULL;

	buf_init(&text, FILE_MAX);
	TRY(read_file(path, &text));
	full = realpath(path, NULL);
	if (full == NULL)
		return err_set(ERR_TEMP, "%s: %s", path, strerror(errno));
	*strrchr(full, '/') = '\0';
	return config_parse(path, buf_span(&text), full, ret);
}
