/*
 * docs/states.md shows the tables of store/state.c; this test keeps it so.
 *
 * With "--print" the program writes the page to stdout instead (scripts/docs uses it).
 */
#include "core/buf.h"
#include "store/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX (256u << 10)

static const struct {
	enum life life;
	const char *title;
} chapters[] = {
	{ LIFE_MAIL, "A mail" },
	{ LIFE_COPY, "A copy: one SMTP transaction on the way out" },
	{ LIFE_RCPT, "A recipient" },
	{ LIFE_TRANSFER, "A transfer and its links" },
};

static void
put(struct buf *out, const char *text)
{
	if (buf_put_str(out, text) != ERR_OK)
		abort();
}

static void
put_row(struct buf *out, const struct state_step *step)
{
	const char *cells[] = { state_name(step->life, step->from),
		state_name(step->life, step->to), step->event, step->commit, step->crash_before,
		step->crash_after };

	put(out, "|");
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		put(out, " ");
		put(out, cells[i]);
		put(out, " |");
	}
	put(out, "\n");
}

static void
page(struct buf *out)
{
	put(out,
	    "# States\n\nMade from `store/state.c` by `scripts/docs`. Each change of state rides on one commit; "
	    "the last two\ncolumns say what a crash just before and just after that commit leaves.\n");
	for (size_t i = 0; i < sizeof(chapters) / sizeof(chapters[0]); i++) {
		put(out, "\n## ");
		put(out, chapters[i].title);
		put(out,
		    "\n\n| from | to | event | commit | crash before | crash after |\n"
		    "| --- | --- | --- | --- | --- | --- |\n");
		for (size_t k = 0; k < state_step_count; k++) {
			if (state_steps[k].life == chapters[i].life)
				put_row(out, &state_steps[k]);
		}
	}
}

static void
test_page_is_up_to_date(void **state)
{
	FILE *file = fopen(SOURCE_DIR "/docs/states.md", "r");
	static char have[PAGE_MAX];
	struct buf want;

	(void)state;
	assert_non_null(file);
	have[fread(have, 1, sizeof(have) - 1, file)] = '\0';
	fclose(file);
	buf_init(&want, PAGE_MAX);
	page(&want);
	assert_string_equal(have, buf_cstr(&want));
	buf_done(&want);
}

static int
print_page(void)
{
	struct buf out;

	buf_init(&out, PAGE_MAX);
	page(&out);
	fputs(buf_cstr(&out), stdout);
	buf_done(&out);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_page_is_up_to_date) };

	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return print_page();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
