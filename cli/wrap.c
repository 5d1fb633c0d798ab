/* cli/wrap.c - see wrap.h. */
#include "cli/wrap.h"

#include "cli/cli.h"

/* Characters, near enough to columns: continuation bytes of UTF-8 take none. */
static size_t
columns(struct span word)
{
	size_t n = 0;

	for (size_t i = 0; i < word.len; i++)
		n += (word.p[i] & 0xc0) != 0x80;
	return n;
}

void
wrap_print(FILE *out, size_t column, size_t hang, struct span text)
{
	struct span word;
	bool first = true;

	for (;;) {
		span_skip_wsp(&text);
		if (!span_take_word(&text, &word))
			break;
		if (!first && column + 1 + columns(word) > WRAP_COLUMNS) {
			fprintf(out, "\n%*s", (int)hang, "");
			column = hang;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		cli_print(out, word);
		column += columns(word);
		first = false;
	}
	fputc('\n', out);
}
