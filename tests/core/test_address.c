#include "core/address.h"

#include "support/unit.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10

static const char *const good[] = { "a@b", "user@example.nl", "first.last@sub.example.nl",
	"user+tag@example.nl", "!#$%&'*+-/=?^_`{|}~@x", "\"quoted string\"@example.nl",
	"\"a\\\"b\\\\c\"@example.nl", "\"\"@example.nl", "\"a@b\"@example.nl", "user@[192.0.2.1]",
	"user@[IPv6:2001:db8::1]", "user@[IPv6:::1]", "user@[ipv6:::]", "user@[IPv6:1::]",
	"user@[IPv6:1:2:3:4:5:6:7:8]", "user@[IPv6:::ffff:192.0.2.1]",
	"user@[IPv6:1:2:3:4:5:6:192.0.2.1]", "j\xc3\xb6rg@example.nl", "user@m\xc3\xbcnchen.de",
	"user@xn--mnchen-3ya.de", "1@2", "a@b-c.d", "\"j\xc3\xb6rg x\"@example.nl",
	X60 "xxxx@example.nl" };

static const char *const bad[] = { "", "a", "@b", "a@", "a@b@c", ".a@b", "a.@b", "a..b@c", "a b@c",
	"a@b c", "a@b..c", "a@.b", "a@b.", "a@-b", "a@b-", "a@b_c", "a@b/c", "<a@b>", "a@b>",
	"@x,@y:a@b", "\"a@b", "\"a\"b@c", "a\"b\"@c", "\"a\nb\"@c", "\"a\x7f\"@c", "a@[192.0.2]",
	"a@[192.0.2.256]", "a@[192.0.2.1", "a@[1.2.3.4]x", "a@[IPv6:1:2:3:4:5:6:7]",
	"a@[IPv6:1::2::3]", "a@[IPv6:1:2:3:4:5:6:7::8]", "a@[IPv6:12345::]",
	"a@[IPv6:1:2:3:4:5:6:7:8:9]", "a@[IPv6:]", "a@[IPv6:1:]", "a@[x]", "a@[]", "a\x80@b",
	"a\xc0\xaf@b", "a\xed\xa0\x80@b", "a\xc2\x85@b", "a@b\xc2\x9f", "a@b\xff",
	"\"\\\xc3\xa9\"@b", "a(c)@b", "a@b;", "a,b@c", " a@b", "a@b ", "a@b\r\nRCPT TO:<c@d>",
	"a@" X60 "xxxx.nl" };

static void
grammar(void **state)
{
	struct address a;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (address_parse(span_str(good[i]), &a) != ERR_OK)
			fail_msg("%s: %s", good[i], err_note());
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (address_parse(span_str(bad[i]), &a) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(address_parse(SPAN("a\0b@c"), &a), ERR_SYNTAX);
	assert_int_equal(address_parse(SPAN("a@c\0"), &a), ERR_SYNTAX);
}

static void
parts(void **state)
{
	struct address a;
	struct span s = SPAN("\"a b\"@[192.0.2.1]> SIZE=1");

	(void)state;
	assert_ok(address_take(&s, &a));
	assert_span(a.local, "\"a b\"");
	assert_span(a.domain, "[192.0.2.1]");
	assert_false(a.utf8);
	assert_span(s, "> SIZE=1");
	assert_ok(address_parse(SPAN("a@\xc3\xa9.nl"), &a));
	assert_true(a.utf8);
	s = SPAN("nobody>");
	assert_int_equal(address_take(&s, &a), ERR_SYNTAX);
	assert_span(s, "nobody>");
}

static void
lengths(void **state)
{
	struct address a;
	struct buf b;

	(void)state;
	assert_err(address_parse(SPAN(X60 "xxxxx@a"), &a), ERR_LIMIT, "65 bytes, 64 allowed");
	buf_init(&b, 1000);
	assert_ok(buf_put_str(&b, "a@" X60 "." X60 "." X60 "." X60 "." X10));
	assert_int_equal(b.len, 2 + 254);
	assert_ok(address_parse(buf_span(&b), &a));
	assert_ok(buf_put_str(&b, "x"));
	assert_ok(address_parse(buf_span(&b), &a));
	assert_ok(buf_put_str(&b, "x"));
	assert_err(address_parse(buf_span(&b), &a), ERR_LIMIT, "256 bytes, 255 allowed");
	buf_done(&b);
}

static void
canonical(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "User@Example.NL", "user@example.nl" },
		{ "user@example.nl.", "user@example.nl" },
		{ "\"user\"@example.nl", "user@example.nl" },
		{ "\"us\\er\"@example.nl", "user@example.nl" },
		{ "\"a.b\"@example.nl", "a.b@example.nl" },
		{ "\"a..b\"@example.nl", "\"a..b\"@example.nl" },
		{ "\"A b\"@example.nl", "\"a b\"@example.nl" },
		{ "\"a\\ b\"@example.nl", "\"a b\"@example.nl" },
		{ "\"a\\\"b\"@x", "\"a\\\"b\"@x" },
		{ "\"\"@x", "\"\"@x" },
		{ "a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]" },
		{ "J\xc3\x96RG@M\xc3\x9cNCHEN.DE", "j\xc3\x96rg@m\xc3\x9cnchen.de" },
		{ "a@XN--MNCHEN-3YA.de", "a@xn--mnchen-3ya.de" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, ADDRESS_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		assert_ok(address_canonical(span_str(cases[i].from), &out));
		assert_string_equal(buf_cstr(&out), cases[i].to);
		/* and the form is its own */
		struct buf twice;
		buf_init(&twice, ADDRESS_MAX);
		assert_ok(address_canonical(buf_span(&out), &twice));
		assert_string_equal(buf_cstr(&twice), cases[i].to);
		buf_done(&twice);
	}
	buf_clear(&out);
	assert_int_equal(address_canonical(SPAN("."), &out), ERR_SYNTAX);
	assert_int_equal(address_canonical(SPAN(""), &out), ERR_SYNTAX);
	assert_int_equal(address_canonical(SPAN("a@b.."), &out), ERR_SYNTAX);
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

static void
domains(void **state)
{
	(void)state;
	assert_true(domain_is(SPAN("Example.nl"), SPAN("example.NL")));
	assert_false(domain_is(SPAN("sub.example.nl"), SPAN("example.nl")));
	assert_true(domain_is(SPAN("sub.example.nl"), SPAN("*.example.nl")));
	assert_true(domain_is(SPAN("a.sub.example.nl"), SPAN("*.example.nl")));
	assert_false(domain_is(SPAN("example.nl"), SPAN("*.example.nl")));
	assert_false(domain_is(SPAN(".example.nl"), SPAN("*.example.nl")));
	assert_false(domain_is(SPAN("badexample.nl"), SPAN("*.example.nl")));
	assert_false(domain_is(SPAN("badexample.nl"), SPAN("*example.nl")));
	assert_false(domain_is(SPAN("example.nl"), SPAN("*")));
	assert_false(domain_is(SPAN(""), SPAN("")));
	assert_true(domain_valid(SPAN("example.nl")));
	assert_true(domain_valid(SPAN("localhost")));
	assert_false(domain_valid(SPAN("example.nl.")));
	assert_false(domain_valid(SPAN("")));
	assert_false(domain_valid(SPAN("[192.0.2.1]")));
	assert_false(domain_valid(SPAN("*.example.nl")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grammar),
		cmocka_unit_test(parts),
		cmocka_unit_test(lengths),
		cmocka_unit_test(canonical),
		cmocka_unit_test(domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
