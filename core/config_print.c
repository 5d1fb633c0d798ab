/* The settings as text for people: a commented example of the file, and a table for the manual. */
#include "core/config.h"

#define HELP_COLUMN 78

/* A comment of whole words, lines of at most HELP_COLUMN columns. */
static enum err
put_comment(struct buf *out, const char *text)
{
	struct span rest = span_str(text), word;
	size_t column = 0;

	while (span_skip_wsp(&rest), span_take_word(&rest, &word)) {
		if (column > 0 && column + 1 + word.len > HELP_COLUMN) {
			TRY(buf_put_byte(out, '\n'));
			column = 0;
		}
		if (column == 0) {
			TRY(buf_put_str(out, "\t#"));
			column = 9;
		}
		TRY(buf_put_byte(out, ' '));
		TRY(buf_put(out, word));
		column += 1 + word.len;
	}
	return buf_put_byte(out, '\n');
}

static const char *
type_words(enum setting_type type)
{
	switch (type) {
	case SETTING_STR:
		return "text";
	case SETTING_LIST:
		return "list of texts";
	case SETTING_BOOL:
		return "true or false";
	case SETTING_INT:
		return "number";
	case SETTING_SIZE:
		return "size";
	case SETTING_DURATION:
		return "time";
	case SETTING_CHOICE:
		return "one of";
	case SETTING_ENDPOINT:
		return "host:port";
	case SETTING_ENDPOINTS:
		return "list of host:port";
	case SETTING_PATH:
		return "path";
	case SETTING_DOMAINS:
		return "list of domains";
	case SETTING_ADDRESS:
		return "mail address";
	case SETTING_PATTERNS:
		return "list of mail addresses or @domain";
	}
	return "";
}

/* A list as the file writes it: {"a", "b"}; the table's default has commas only. */
static enum err
put_value(struct buf *out, const struct setting *s)
{
	struct span rest = span_str(s->def), item;

	if (!setting_is_list(s->type))
		return buf_printf(out, "\"%s\"", s->def == NULL ? "" : s->def);
	TRY(buf_put_str(out, "{"));
	for (bool first = true; rest.len > 0; first = false) {
		if (!span_take_until(&rest, ',', &item)) {
			item = rest;
			rest = SPAN_NONE;
		}
		span_take_byte(&rest, ',');
		item = span_trim(item);
		TRY(buf_printf(
		    out, "%s\"%.*s\"", first ? "" : ", ", (int)item.len, (const char *)item.p));
	}
	return buf_put_str(out, "}");
}

/* "Time, 1 s to 1 h." or "Path, required." */
static enum err
kind_line(const struct setting *s, struct buf *out)
{
	CLEANUP(buf_done) struct buf bounds;

	buf_init(&bounds, 512);
	TRY(setting_format_bounds(s, &bounds));
	TRY(buf_put_str(out, type_words(s->type)));
	if (bounds.len > 0)
		TRY(buf_printf(
		    out, "%s%s", s->type == SETTING_CHOICE ? " " : ", ", buf_cstr(&bounds)));
	return s->def == NULL ? buf_put_str(out, ", required") : ERR_OK;
}

static enum err
print_row(const struct setting *s, const char *option, struct buf *out)
{
	CLEANUP(buf_done) struct buf line;

	buf_init(&line, 4096);
	TRY(buf_printf(&line, "%s (", s->help));
	TRY(kind_line(s, &line));
	TRY(buf_put_str(&line, ")"));
	TRY(put_comment(out, buf_cstr(&line)));
	/* what has a default is shown commented out: the example changes nothing */
	TRY(buf_printf(out, "\t%s%s = ", s->def == NULL ? "" : "#", option));
	TRY(put_value(out, s));
	return buf_put_str(out, "\n");
}

enum err
config_print_defaults(struct buf *out)
{
	struct span open = SPAN_NONE;

	TRY(buf_put_str(out,
	    "# Configuration of SecuDoc. Lines that begin with #name show the default; "
	    "those without a # are\n# required. Relative paths are taken from the folder "
	    "of this file.\n"));
	for (size_t i = 0; i < config_table_count; i++) {
		const struct setting *s = &config_table[i];
		struct span name = span_str(s->name), section = SPAN_NONE;

		if (!span_take_until(&name, '.', &section))
			continue;
		if (!span_eq(section, open)) {
			TRY(buf_printf(out, "%s\n%.*s {\n", open.len > 0 ? "}\n" : "",
			    (int)section.len, (const char *)section.p));
			open = section;
		} else {
			TRY(buf_put_str(out, "\n"));
		}
		TRY(print_row(s, (const char *)name.p + 1, out));
	}
	return buf_put_str(out, "}\n");
}

/* A bar would end the cell. */
static enum err
put_cell(struct buf *out, struct span text)
{
	TRY(buf_put_str(out, " "));
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '|' || text.p[i] == '*' || text.p[i] == '_')
			TRY(buf_put_byte(out, '\\'));
		TRY(buf_put_byte(out, text.p[i]));
	}
	return buf_put_str(out, " |");
}

static enum err
markdown_row(const struct setting *s, struct buf *out)
{
	CLEANUP(buf_done) struct buf kind;

	buf_init(&kind, 1024);
	TRY(kind_line(s, &kind));
	TRY(buf_printf(out, "| `%s` |", s->name));
	TRY(put_cell(out, buf_span(&kind)));
	if (s->def == NULL || s->def[0] == '\0')
		TRY(buf_put_str(out, " |"));
	else
		TRY(buf_printf(out, " `%s` |", s->def));
	TRY(put_cell(out, span_str(s->help)));
	return buf_put_str(out, "\n");
}

enum err
settings_print_markdown(const struct setting *table, size_t count, struct buf *out)
{
	TRY(buf_put_str(
	    out, "| setting | kind | default | meaning |\n| --- | --- | --- | --- |\n"));
	for (size_t i = 0; i < count; i++)
		TRY(markdown_row(&table[i], out));
	return ERR_OK;
}
