/*
 * secudoc rules verify EXPORT.json [--config FILE] [--tenant NAME] [--plan PLAN.json] [--json]
 *                      [--min-severity note|warning|critical]
 *
 * The first line says how it stands, as monitoring shows it; then of when the export is, and each difference, worst first, with the
 * command that repairs it. Exit status: cli/cmd_rules.c.
 */
#include "cli/admin.h"
#include "cli/rules_int.h"
#include "cli/rules_source.h"
#include "cli/wrap.h"

#include "rules/verify.h"

#include <ctype.h>
#include <string.h>

enum { EXIT_WARNING = 3, EXIT_CRITICAL = 4 };

#define SEVERITIES (DRIFT_CRITICAL + 1)
#define HANG       10u

struct tally {
	size_t of[SEVERITIES];
	size_t all;
	enum drift_severity worst;
};

static enum cli_exit
minimum_of(const struct rules_args *args, enum drift_severity *ret)
{
	const char *name = rules_value(args, "min-severity");

	*ret = DRIFT_NOTE;
	if (name == NULL)
		return CLI_OK;
	for (int i = 0; i < SEVERITIES; i++) {
		if (strcmp(name, drift_severity_name(i)) == 0) {
			*ret = i;
			return CLI_OK;
		}
	}
	return rules_wrong(args, "--min-severity is note, warning or critical, not %s", name);
}

static struct tally
count(const struct drift_list *list, enum drift_severity minimum)
{
	struct tally t = { .worst = DRIFT_NOTE };

	for (size_t i = 0; i < list->count; i++) {
		enum drift_severity s = list->items[i].severity;

		if (s < minimum)
			continue;
		t.of[s]++;
		t.all++;
		t.worst = s > t.worst ? s : t.worst;
	}
	return t;
}

static int
exit_status(const struct tally *t)
{
	if (t->of[DRIFT_CRITICAL] > 0)
		return EXIT_CRITICAL;
	return t->of[DRIFT_WARNING] > 0 ? EXIT_WARNING : CLI_OK;
}

/* --- text --- */

static void
print_upper(const char *word)
{
	for (; *word != '\0'; word++)
		putchar(toupper((unsigned char)*word));
}

/* The line that monitoring shows. */
static void
print_head(const struct tally *t)
{
	const char *comma = "";

	if (t->all == 0) {
		printf("OK: the tenant has what it should have\n");
		return;
	}
	if (exit_status(t) == CLI_OK)
		printf("OK");
	else
		print_upper(drift_severity_name(t->worst));
	printf(": %zu difference%s (", t->all, t->all == 1 ? "" : "s");
	for (int i = DRIFT_CRITICAL; i >= 0; i--) {
		if (t->of[i] == 0)
			continue;
		printf("%s%zu %s", comma, t->of[i], drift_severity_name(i));
		comma = ", ";
	}
	printf(")\n");
}

static void
print_pair(const char *what, struct span value)
{
	char lead[32];
	int n = snprintf(lead, sizeof(lead), "%*s%s ", (int)HANG, "", what);

	if (value.len == 0)
		return;
	fputs(lead, stdout);
	wrap_print(stdout, (size_t)n, (size_t)n, value);
}

static void
print_drift(const struct drift *d)
{
	putchar('\n');
	print_upper(drift_severity_name(d->severity));
	printf("%*s%s", (int)(HANG - strlen(drift_severity_name(d->severity))), "",
	    exo_kind_names(d->object_kind)->words);
	if (d->object.len > 0) {
		fputs(" \"", stdout);
		cli_print(stdout, d->object);
		putchar('"');
	}
	if (d->property.len > 0) {
		fputs(", ", stdout);
		cli_print(stdout, d->property);
	}
	printf(": %s\n", drift_kind_name(d->kind));
	print_pair("wanted", d->want);
	print_pair("is    ", d->have);
	printf("%*s", (int)HANG, "");
	wrap_print(stdout, HANG, HANG, d->why);
	if (d->repair.len == 0)
		return;
	/* one line, however long: it is there to be copied */
	printf("%*srepair: ", (int)HANG, "");
	cli_print(stdout, d->repair);
	putchar('\n');
}

/* What the commands leave out, as what is printed here may go by mail. */
static const struct {
	const char *name, *what;
} variables[] = {
	{ "$secret", "SetHeaderValue of the rule that routes" },
	{ "$mark", "SetHeaderValue of the rules that set mail aside" },
	{ "$pattern", "ExceptIfHeaderMatchesPatterns of the rule that routes" },
};
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

static bool
is_used(const char *variable, const struct drift_list *list, enum drift_severity minimum)
{
	for (size_t i = 0; i < list->count; i++) {
		struct span repair = list->items[i].repair;

		if (list->items[i].severity >= minimum &&
		    span_find(repair, span_str(variable)) < repair.len)
			return true;
	}
	return false;
}

static void
print_variables(const struct drift_list *list, enum drift_severity minimum)
{
	for (size_t k = 0; k < VARIABLES; k++)
		if (is_used(variables[k].name, list, minimum))
			printf("\n%s is, in the plan, %s\n", variables[k].name, variables[k].what);
}

static void
print_left_out(const struct drift_list *list)
{
	if (list->left_out > 0)
		printf("\n%zu more, none worse than these, are not shown\n", list->left_out);
}

/* --- JSON --- */

static void
json_drift(struct json_writer *w, const struct drift *d)
{
	json_object(w, NULL);
	json_put_str(w, "severity", span_str(drift_severity_name(d->severity)));
	json_put_str(w, "difference", span_str(drift_kind_name(d->kind)));
	json_put_str(w, "object_kind", span_str(exo_kind_names(d->object_kind)->noun));
	json_put_str(w, "object", d->object);
	json_put_str(w, "property", d->property);
	json_put_str(w, "want", d->want);
	json_put_str(w, "have", d->have);
	json_put_str(w, "why", d->why);
	json_put_str(w, "repair", d->repair);
	json_end(w, '}');
}

static enum err
print_json(const struct drift_list *list, const struct tally *t, struct span exported_at,
    enum drift_severity minimum)
{
	CLEANUP(buf_done) struct buf out = { 0 };
	struct json_writer w;

	buf_init(&out, ADMIN_OUT_BYTES);
	json_begin(&w, &out);
	json_object(&w, NULL);
	json_put_str(&w, "exported_at", exported_at);
	json_object(&w, "counts");
	for (int i = 0; i < SEVERITIES; i++)
		json_put_i64(&w, drift_severity_name(i), (int64_t)t->of[i]);
	json_end(&w, '}');
	json_put_i64(&w, "not_shown", (int64_t)list->left_out);
	json_array(&w, "differences");
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].severity >= minimum)
			json_drift(&w, &list->items[i]);
	json_end(&w, ']');
	json_object(&w, "variables");
	for (size_t k = 0; k < VARIABLES; k++)
		if (is_used(variables[k].name, list, minimum))
			json_put_str(&w, variables[k].name, span_str(variables[k].what));
	json_end(&w, '}');
	json_end(&w, '}');
	TRY(json_finish(&w));
	printf("%.*s\n", (int)out.len, buf_cstr(&out));
	return ERR_OK;
}

static int
compare(struct rules_args *args, struct rules_source *s, const struct exo_state *have,
    struct span exported_at, enum drift_severity minimum)
{
	struct drift_list list;
	enum err err = verify_compare(&s->state, have, &s->arena, &list);
	struct tally t;

	if (err != ERR_OK)
		return cli_fail(args->command, NULL, err);
	t = count(&list, minimum);
	if (rules_given(args, "json") != NULL) {
		err = print_json(&list, &t, exported_at, minimum);
		if (err != ERR_OK)
			return cli_fail(args->command, "json", err);
		return exit_status(&t);
	}
	print_head(&t);
	print_pair("exported at", exported_at);
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].severity >= minimum)
			print_drift(&list.items[i]);
	print_left_out(&list);
	print_variables(&list, minimum);
	return exit_status(&t);
}

int
rules_verify(int argc, char **argv)
{
	static const struct rules_option table[] = {
		{ "config", RULES_VALUE },
		{ "tenant", RULES_VALUE },
		{ "plan", RULES_VALUE },
		{ "json", RULES_FLAG },
		{ "min-severity", RULES_VALUE },
		{ "scope", RULES_VALUE },
		{ "mode", RULES_VALUE },
		{ "recipients", RULES_VALUE },
		{ "loop-mark", RULES_VALUE },
	};
	CLEANUP(rules_source_done) struct rules_source s = { 0 };
	enum drift_severity minimum;
	struct rules_document document;
	struct rules_args args;
	struct exo_state have;
	enum cli_exit code;
	enum err err;

	code = rules_args_parse(argc, argv, table, sizeof(table) / sizeof(table[0]), &args);
	if (code != CLI_OK)
		return code;
	if (args.operand_count != 1)
		return rules_wrong(&args, "one file is wanted: the export of what the tenant has");
	code = minimum_of(&args, &minimum);
	if (code == CLI_OK)
		code = rules_source_open(&args, &s);
	if (code != CLI_OK)
		return code;
	err = rules_json_read(args.operands[0], EXO_EXPORT, &s.arena, &have, &document);
	if (err == ERR_OK)
		err = rules_same_tenant(&s, &document);
	if (err != ERR_OK)
		return cli_fail(args.command, args.operands[0], err);
	return compare(&args, &s, &have, document.exported_at, minimum);
}
