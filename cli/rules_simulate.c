/*
 * secudoc rules simulate FOLDER [RULES] [WHO] [--all] [--json]	RULES, WHO: cli/cmd_rules.c
 *
 * A row for each mail in the folder and those below it, in the order of their names, then the counts. One
 * mail is in memory at a time. Links are not followed. What a file is called says nothing (those of a Maildir
 * have no ending): a mail begins with a header field (cli/mail_start.h). A mail that the service would
 * refuse is a row of its own; what is no mail is counted, and a row with --all. A folder without any mail is
 * likely the wrong one: that is an error.
 */
#include "cli/mail_start.h"
#include "cli/rules_answer.h"
#include "cli/rules_int.h"
#include "cli/rules_json.h"

#include "core/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX   32u
#define NAMES_BYTES (64u << 20) /* of the names in one folder */
#define PATH_BYTES  8192u
#define ROW_BYTES   (64u << 10)

enum outcome { ROUTED, MAYBE, ELSEWHERE, NOT_ROUTED, UNREADABLE, NOT_A_MAIL, OUTCOMES };
static const char *const outcome_names[OUTCOMES] = { [ROUTED] = "routed",
	[MAYBE] = "maybe",
	[ELSEWHERE] = "elsewhere",
	[NOT_ROUTED] = "not-routed",
	[UNREADABLE] = "unreadable",
	[NOT_A_MAIL] = "not-a-mail" };

struct simulate {
	const struct rules_args *args;
	const struct rules_source *s;
	const struct rules_who *who;
	bool json, all;
	bool headed;          /* has the table its heading? */
	struct json_writer w; /* onto row, which is emptied after each row */
	struct buf row;
	char path[PATH_BYTES]; /* below the folder; of the file at hand */
	size_t counts[OUTCOMES];
	uint64_t bytes[OUTCOMES];
	size_t loops, perhaps, links; /* routed again when they come back; perhaps so */
};

/* --- one row --- */

static enum outcome
outcome_of(const struct rules_tally *t)
{
	if (t->routed > 0)
		return ROUTED;
	if (t->maybe > 0)
		return MAYBE;
	return t->elsewhere > 0 ? ELSEWHERE : NOT_ROUTED;
}

static void
put_heading(struct simulate *m)
{
	if (!m->headed)
		printf("%-10s  %-18s  %6s %7s %8s  %s\n", "VERDICT", "REASON", "ROUTED", "PERHAPS",
		    "DIRECTLY", "SENDER  FILE");
	m->headed = true;
}

/* What goes to another tool only is counted apart: that nobody knows what comes back is no news there. */
static bool
is_again(const struct rules_tally *t, enum rule_answer answer)
{
	return t->again == answer && outcome_of(t) != ELSEWHERE;
}

static void
row_text(struct simulate *m, const struct rules_answer *r)
{
	const struct rules_tally *t = &r->tally;

	put_heading(m);
	printf("%-10s  %-18s  %6zu %7zu %8zu  ", outcome_names[outcome_of(t)], t->reason, t->routed,
	    t->maybe, t->direct);
	cli_print(stdout, r->eml.mail.from.len > 0 ? r->eml.mail.from : SPAN("-"));
	fputs("  ", stdout);
	cli_print(stdout, span_str(m->path));
	if (t->elsewhere > 0)
		printf("  %zu elsewhere", t->elsewhere);
	puts(is_again(t, RULE_YES)          ? "  ROUTED AGAIN"
		: is_again(t, RULE_UNKNOWN) ? "  perhaps routed again"
					    : "");
}

static void
row_json(struct simulate *m, const struct rules_answer *r)
{
	const struct rules_tally *t = &r->tally;

	json_object(&m->w, NULL);
	json_put_str(&m->w, "file", span_str(m->path));
	json_put_str(&m->w, "verdict", span_str(rules_verdict_word(t)));
	json_put_str(&m->w, "reason", span_str(t->reason));
	json_put_str(&m->w, "from", r->eml.mail.from);
	json_put_i64(&m->w, "routed", (int64_t)t->routed);
	json_put_i64(&m->w, "maybe", (int64_t)t->maybe);
	json_put_i64(&m->w, "elsewhere", (int64_t)t->elsewhere);
	json_put_i64(&m->w, "direct", (int64_t)t->direct);
	json_put_str(&m->w, "routed_again", span_str(rules_yes_no(t->again)));
	json_put_i64(&m->w, "size", (int64_t)r->eml.mail.size_bytes);
	json_end(&m->w, '}');
}

/* A row for what was not asked about; note is a copy: it does not change under the hand. */
static void
row_other(struct simulate *m, enum outcome o, const char *note)
{
	m->counts[o]++;
	if (o == NOT_A_MAIL && !m->all)
		return;
	if (m->json) {
		json_object(&m->w, NULL);
		json_put_str(&m->w, "file", span_str(m->path));
		json_put_str(&m->w, "verdict", span_str(outcome_names[o]));
		json_put_str(&m->w, "why", span_str(note));
		json_end(&m->w, '}');
		return;
	}
	put_heading(m);
	printf("%-10s  %-18s  %6s %7s %8s  -  ", outcome_names[o], "-", "-", "-", "-");
	cli_print(stdout, span_str(m->path));
	fputs(": ", stdout);
	cli_print(stdout, span_str(note));
	putchar('\n');
}

static void
row_unreadable(struct simulate *m, const char *note)
{
	row_other(m, UNREADABLE, note);
}

static enum err
row_flush(struct simulate *m)
{
	if (m->w.err != ERR_OK)
		return m->w.err;
	if (m->row.len > 0 && fwrite(m->row.p, 1, m->row.len, stdout) != m->row.len)
		return err_set(ERR_TEMP, "stdout cannot be written");
	buf_clear(&m->row);
	return ERR_OK;
}

static void
count(struct simulate *m, const struct rules_answer *r)
{
	enum outcome o = outcome_of(&r->tally);

	m->counts[o]++;
	m->bytes[o] += r->eml.mail.size_bytes;
	m->loops += is_again(&r->tally, RULE_YES);
	m->perhaps += is_again(&r->tally, RULE_UNKNOWN);
}

static enum err
simulate_mail(struct simulate *m, FILE *in)
{
	CLEANUP(arena_done) struct arena a;
	struct rules_answer r;
	char note[512];
	enum err err;

	arena_init_secret(&a, RULES_ANSWER_BYTES);
	err = rules_answer_read(in, m->s, m->who, &a, &r);
	if (err == ERR_TEMP)
		return err;
	if (err != ERR_OK || r.eml.refused != ERR_OK) {
		struct span why = err != ERR_OK ? span_str(err_note()) : r.eml.refused_note;

		(void)snprintf(note, sizeof(note), "%.*s", (int)why.len, (const char *)why.p);
		row_unreadable(m, note);
		return row_flush(m);
	}
	count(m, &r);
	if (m->json)
		row_json(m, &r);
	else
		row_text(m, &r);
	return row_flush(m);
}

/* --- the folder --- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
	const char **items;
	size_t count, room;
};

static enum err
names_add(struct names *n, struct arena *a, const char *name)
{
	const char **more;

	if (n->count == n->room) {
		size_t room = n->room == 0 ? 256 : n->room * 2;

		more = arena_alloc(a, room * sizeof(*more));
		if (more == NULL)
			return ERR_LIMIT;
		if (n->count > 0)
			memcpy(more, n->items, n->count * sizeof(*more));
		n->items = more;
		n->room = room;
	}
	n->items[n->count] = arena_strdup(a, span_str(name));
	return n->items[n->count++] != NULL ? ERR_OK : ERR_LIMIT;
}

/* All names in the folder, sorted; takes fd. */
static enum err
names_read(int fd, struct arena *a, struct names *ret)
{
	DIR *dir = fdopendir(fd);
	struct names n = { NULL, 0, 0 };
	const struct dirent *entry;
	enum err err = ERR_OK;

	if (dir == NULL) {
		(void)close(fd);
		return err_set(ERR_TEMP, "%s", strerror(errno));
	}
	while (err == ERR_OK && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = names_add(&n, a, entry->d_name);
	(void)closedir(dir);
	if (err != ERR_OK)
		return err;
	if (n.count > 1)
		qsort(n.items, n.count, sizeof(*n.items), by_name);
	*ret = n;
	return ERR_OK;
}

static enum err simulate_folder(struct simulate *m, int fd, unsigned depth);

static enum err
simulate_file(struct simulate *m, int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	bool is_mail;
	enum err err;

	if (in == NULL) {
		row_unreadable(m, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return row_flush(m);
	}
	err = mail_start_is(in, &is_mail);
	if (err != ERR_OK) {
		row_unreadable(m, strerror(errno));
		err = row_flush(m);
	} else if (!is_mail) {
		row_other(m, NOT_A_MAIL, "it does not begin with a header field");
		err = row_flush(m);
	} else {
		err = simulate_mail(m, in);
	}
	(void)fclose(in);
	return err;
}

static enum err
simulate_below(struct simulate *m, int folder, const char *name, unsigned depth)
{
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (depth == DEPTH_MAX) {
		row_unreadable(m, "folders inside each other too deep");
	} else if (fd < 0) {
		row_unreadable(m, strerror(errno));
	} else {
		return simulate_folder(m, fd, depth + 1);
	}
	if (fd >= 0)
		(void)close(fd);
	return row_flush(m);
}

static enum err
simulate_entry(struct simulate *m, int folder, const char *name, unsigned depth)
{
	size_t before = strlen(m->path);
	struct stat st;
	enum err err = ERR_OK;
	int n = snprintf(
	    m->path + before, sizeof(m->path) - before, "%s%s", before > 0 ? "/" : "", name);

	if (n < 0 || (size_t)n >= sizeof(m->path) - before)
		row_unreadable(m, "its path is too long");
	else if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		row_unreadable(m, strerror(errno));
	else if (S_ISLNK(st.st_mode))
		m->links++;
	else if (S_ISDIR(st.st_mode))
		err = simulate_below(m, folder, name, depth);
	else if (S_ISREG(st.st_mode))
		err = simulate_file(m, folder, name);
	m->path[before] = '\0';
	return err;
}

/* simulate_folder() - takes fd. */
static enum err
simulate_folder(struct simulate *m, int fd, unsigned depth)
{
	CLEANUP(arena_done) struct arena a;
	int folder = dup(fd);
	struct names n;
	enum err err;

	arena_init(&a, NAMES_BYTES);
	err = names_read(fd, &a, &n);
	for (size_t i = 0; err == ERR_OK && i < n.count; i++)
		err = simulate_entry(m, folder, n.items[i], depth);
	if (folder >= 0)
		(void)close(folder);
	return err;
}

/* --- the sums --- */

static void
sums_text(const struct simulate *m)
{
	static const char *const words[OUTCOMES] = { [ROUTED] = "routed",
		[MAYBE] = "maybe",
		[ELSEWHERE] = "elsewhere",
		[NOT_ROUTED] = "not-routed",
		[UNREADABLE] = "unreadable: the service would refuse it, or it cannot be opened",
		[NOT_A_MAIL] = "not a mail" };
	char size[CLI_TEXT_SIZE];

	puts("\nROUTED, PERHAPS, DIRECTLY: to how many recipients the mail goes by way of the\n"
	     "connector, perhaps by way of it, or straight on. REASON: what decided.");
	if (m->counts[ELSEWHERE] > 0)
		puts(
		    "Elsewhere: by way of another tool's connector; what comes back from there is not\n"
		    "known, and has to be asked about as it comes back.");
	putchar('\n');
	for (int i = 0; i < OUTCOMES; i++) {
		if (i == NOT_A_MAIL && m->counts[i] == 0)
			continue;
		printf("%8zu %s", m->counts[i], words[i]);
		if (i < UNREADABLE)
			printf(", %s", cli_size(m->bytes[i], size));
		puts(i == NOT_A_MAIL && !m->all ? " (--all lists them)" : "");
	}
	if (m->loops + m->perhaps > 0)
		printf("%8zu are routed again when they come back, %zu perhaps\n", m->loops,
		    m->perhaps);
	if (m->links > 0)
		printf("%8zu links were not followed\n", m->links);
}

static void
sums_json(struct simulate *m)
{
	json_end(&m->w, ']');
	json_object(&m->w, "counts");
	for (int i = 0; i < OUTCOMES; i++)
		json_put_i64(&m->w, outcome_names[i], (int64_t)m->counts[i]);
	json_end(&m->w, '}');
	json_object(&m->w, "bytes");
	for (int i = 0; i < UNREADABLE; i++)
		json_put_i64(&m->w, outcome_names[i], (int64_t)m->bytes[i]);
	json_end(&m->w, '}');
	json_put_i64(&m->w, "loops", (int64_t)m->loops);
	json_put_i64(&m->w, "loops_perhaps", (int64_t)m->perhaps);
	json_put_i64(&m->w, "links", (int64_t)m->links);
	json_end(&m->w, '}');
}

static size_t
mail_count(const struct simulate *m)
{
	size_t count = 0;

	for (int i = 0; i < NOT_A_MAIL; i++)
		count += m->counts[i];
	return count;
}

static enum err
finish(struct simulate *m)
{
	if (m->json) {
		sums_json(m);
		TRY(row_flush(m));
		putchar('\n');
		TRY(json_finish(&m->w));
	} else if (m->headed) {
		sums_text(m);
	}
	if (mail_count(m) == 0)
		return err_set(ERR_NOT_FOUND,
		    "no mail in it: %zu other file%s, %zu link%s not followed",
		    m->counts[NOT_A_MAIL], m->counts[NOT_A_MAIL] == 1 ? "" : "s", m->links,
		    m->links == 1 ? "" : "s");
	return ERR_OK;
}

static enum err
simulate(struct simulate *m, const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED, "%s", strerror(errno));
	if (m->json) {
		json_object(&m->w, NULL);
		json_array(&m->w, "mails");
	}
	TRY(simulate_folder(m, fd, 0));
	return finish(m);
}

int
rules_simulate(int argc, char **argv)
{
	CLEANUP(rules_source_done) struct rules_source s = { 0 };
	struct rules_args args;
	struct rules_who who;
	struct simulate m = { .args = &args, .s = &s, .who = &who };
	enum cli_exit code;
	enum err err;

	code =
	    rules_mail_open(argc, argv, "one folder is wanted: that of the mails", &args, &s, &who);
	if (code != CLI_OK)
		return code;
	m.json = rules_given(&args, "json") != NULL;
	m.all = rules_given(&args, "all") != NULL;
	buf_init(&m.row, ROW_BYTES);
	json_begin(&m.w, &m.row);
	err = simulate(&m, args.operands[0]);
	buf_done(&m.row);
	return err == ERR_OK ? CLI_OK : cli_fail(args.command, args.operands[0], err);
}
