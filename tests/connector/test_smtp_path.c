/*
 * tests/connector/test_smtp_path.c - Reverse-path and Forward-path.
 *
 * Right ones: RFC 5321 sections 4.1.2, 4.1.3 and appendix D, RFC 6531 section 3.3. Wrong ones: threats T3
 * (routing), S10 (bytes that end lines), S11.
 */
#include "connector/smtp_path.h"

#include "support/unit.h"

#include <stdio.h>

struct row {
	const char *name, *in;
	enum err want;
	const char *address; /* "" for null */
	const char *rest;
};

static void
check(const struct row *rows, size_t count, enum err (*take)(struct span *, struct smtp_path *))
{
	for (size_t i = 0; i < count; i++) {
		struct span s = span_str(rows[i].in), before = s;
		struct smtp_path p = { .null = false };
		enum err err = take(&s, &p);

		if (err != rows[i].want)
			fail_msg("%s: %s: %s", rows[i].name, err_name(err), err_note());
		if (err != ERR_OK) {
			assert_ptr_equal(s.p, before.p);
			assert_int_equal(s.len, before.len);
			continue;
		}
		if (p.null != (rows[i].address[0] == '\0') ||
		    !span_eq(p.address, span_str(rows[i].address)) ||
		    !span_eq(s, span_str(rows[i].rest)))
			fail_msg("%s", rows[i].name);
	}
}

static const struct row both[] = {
	{ "plain", "<Smith@bar.com>", ERR_OK, "Smith@bar.com", "" },
	{ "parameters stay", "<Smith@bar.com> SIZE=1", ERR_OK, "Smith@bar.com", " SIZE=1" },
	{ "dots", "<a.b.c@bar.com>", ERR_OK, "a.b.c@bar.com", "" },
	{ "atext", "<a!#$&'*+-/=?^_`{|}~b@bar.com>", ERR_DENIED, NULL,
	    NULL }, /* "!": forward only */
	{ "quoted", "<\"Joe Q. Public\"@bar.com>", ERR_OK, "\"Joe Q. Public\"@bar.com", "" },
	{ "quoted bracket", "<\"a>b\"@bar.com>", ERR_OK, "\"a>b\"@bar.com", "" },
	{ "address literal", "<a@[192.0.2.1]>", ERR_OK, "a@[192.0.2.1]", "" },
	{ "IPv6 literal", "<a@[IPv6:2001:db8::1]>", ERR_OK, "a@[IPv6:2001:db8::1]", "" },
	{ "UTF-8",
	    "<j\xc3\xbcrgen@b\xc3\xbc"
	    "cher.example>",
	    ERR_OK,
	    "j\xc3\xbcrgen@b\xc3\xbc"
	    "cher.example",
	    "" },
	{ "no brackets", "Smith@bar.com", ERR_SYNTAX, NULL, NULL },
	{ "no end", "<Smith@bar.com", ERR_SYNTAX, NULL, NULL },
	{ "blank before", " <Smith@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "blank inside", "< Smith@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "blank behind", "<Smith@bar.com >", ERR_SYNTAX, NULL, NULL },
	{ "no domain", "<Smith>", ERR_SYNTAX, NULL, NULL },
	{ "no local part", "<@bar.com>", ERR_DENIED, NULL,
	    NULL }, /* looks like a route, is refused */
	{ "two at", "<a@b@c.example>", ERR_SYNTAX, NULL, NULL },
	{ "empty label", "<a@bar..com>", ERR_SYNTAX, NULL, NULL },
	{ "leading dot", "<.a@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "two dots", "<a..b@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "source route", "<@one,@two:joe@three>", ERR_DENIED, NULL, NULL },
	{ "source route of one", "<@a.example:b@c.example>", ERR_DENIED, NULL, NULL },
	{ "CR LF", "<a\r\nRCPT TO:<b@c.example>", ERR_SYNTAX, NULL, NULL },
	{ "LF in quotes", "<\"a\nb\"@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "control", "<a\x01@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "not UTF-8", "<a\xff@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "overlong UTF-8", "<a\xc0\xaf@bar.com>", ERR_SYNTAX, NULL, NULL },
	{ "nothing", "", ERR_SYNTAX, NULL, NULL },
	{ "bracket only", "<", ERR_SYNTAX, NULL, NULL },
	{ "display name", "Joe <joe@bar.com>", ERR_SYNTAX, NULL, NULL },
};

static const struct row reverse[] = {
	{ "null", "<>", ERR_OK, "", "" },
	{ "null with parameters", "<> RET=HDRS", ERR_OK, "", " RET=HDRS" },
	{ "percent is a sender's own business", "<a%b@bar.com>", ERR_OK, "a%b@bar.com", "" },
	{ "bounce address", "<SRS0=Ab=cD=x.example=joe@bar.com>", ERR_OK,
	    "SRS0=Ab=cD=x.example=joe@bar.com", "" },
	{ "null with a blank", "< >", ERR_SYNTAX, NULL, NULL },
};

static const struct row forward[] = {
	{ "null", "<>", ERR_SYNTAX, NULL, NULL },
	{ "postmaster without domain", "<Postmaster>", ERR_SYNTAX, NULL, NULL },
	{ "postmaster", "<Postmaster@bar.com>", ERR_OK, "Postmaster@bar.com", "" },
	{ "percent", "<joe%other.example@bar.com>", ERR_DENIED, NULL, NULL },
	{ "percent at the end", "<joe%other@bar.com>", ERR_DENIED, NULL, NULL },
	{ "bang path", "<other!joe@bar.com>", ERR_DENIED, NULL, NULL },
	{ "quoted at", "<\"joe@other.example\"@bar.com>", ERR_DENIED, NULL, NULL },
	{ "quoted percent", "<\"joe%other.example\"@bar.com>", ERR_DENIED, NULL, NULL },
	{ "escaped at", "<\"joe\\@other.example\"@bar.com>", ERR_DENIED, NULL, NULL },
	{ "plus and equals", "<joe+a=b@bar.com>", ERR_OK, "joe+a=b@bar.com", "" },
};

static void
reverse_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(both); i++)
		if (strcmp(both[i].name, "atext") != 0)
			check(&both[i], 1, smtp_path_take_reverse);
	check(reverse, COUNT(reverse), smtp_path_take_reverse);
}

static void
forward_paths(void **state)
{
	(void)state;
	check(both, COUNT(both), smtp_path_take_forward);
	check(forward, COUNT(forward), smtp_path_take_forward);
}

static void
lengths(void **state)
{
	char in[700];
	struct smtp_path p;
	struct span s;

	(void)state;
	/* RFC 5321 section 4.5.3.1.1: 64 octets of local part */
	s = span_of(in, (size_t)snprintf(in, sizeof(in), "<%064d@bar.com>", 0));
	assert_ok(smtp_path_take_reverse(&s, &p));
	s = span_of(in, (size_t)snprintf(in, sizeof(in), "<%065d@bar.com>", 0));
	assert_int_not_equal(smtp_path_take_reverse(&s, &p), ERR_OK);
	s = span_of(
	    in, (size_t)snprintf(in, sizeof(in), "<a@%063d.%063d.%063d.%063d>", 0, 0, 0, 0));
	assert_ok(smtp_path_take_reverse(&s, &p));
	s = span_of(
	    in, (size_t)snprintf(in, sizeof(in), "<a@%063d.%063d.%063d.%063d.x>", 0, 0, 0, 0));
	assert_int_not_equal(smtp_path_take_reverse(&s, &p), ERR_OK);
	s = span_of(in, (size_t)snprintf(in, sizeof(in), "<a@%064d.com>", 0));
	assert_int_not_equal(smtp_path_take_reverse(&s, &p), ERR_OK);
}

static void
facts(void **state)
{
	struct span s = SPAN("<j\xc3\xbcrgen@example.org>");
	struct smtp_path p;

	(void)state;
	assert_ok(smtp_path_take_forward(&s, &p));
	assert_true(p.utf8);
	assert_span(p.domain, "example.org");
	s = SPAN("<\"a b\"@[192.0.2.1]>");
	assert_ok(smtp_path_take_forward(&s, &p));
	assert_false(p.utf8);
	assert_span(p.domain, "[192.0.2.1]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reverse_paths),
		cmocka_unit_test(forward_paths),
		cmocka_unit_test(lengths),
		cmocka_unit_test(facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
