/*
 * The code mail, read back by Python's email package: header words, addresses, both texts.
 */
#include "portal/code_mail.h"
#include "support/tmpdir.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

/* Prints what a reader sees, one fact a line; lines that are too long or not ASCII are facts, too. */
static const char script[] =
    "import email, email.policy, sys\n"
    "raw = open(sys.argv[1], 'rb').read()\n"
    "m = email.message_from_bytes(raw, policy=email.policy.default)\n"
    "print(m['From'].addresses[0].display_name, '|', m['From'].addresses[0].addr_spec)\n"
    "print(m['To'].addresses[0].addr_spec if raw.isascii() else m['To'])\n"
    "print(m['Subject'])\n"
    "print(m['Auto-Submitted'], m['Content-Language'], m['Date'].datetime.isoformat())\n"
    "print([p.get_content_type() for p in m.walk()])\n"
    "t, h = (m.get_body((k,)).get_content() for k in ('plain', 'html'))\n"
    "print(t.splitlines()[0])\n"
    "print('482193' in h, '<script' in h, 'href' in h, 'http' in t)\n"
    "print(max(map(len, raw.split(b'\\r\\n'))) <= 998, b'\\n' in raw.replace(b'\\r\\n', b''))\n"
    "print(max(map(len, raw.split(b'\\r\\n\\r\\n', 1)[1].split(b'\\r\\n'))) <= 76, m.defects)\n";

static void
read_back(const struct code_mail *m, struct buf *seen)
{
	char mail_path[2 * TMPDIR_PATH_MAX], script_path[2 * TMPDIR_PATH_MAX], command[2048];
	struct tmpdir dir;
	struct buf mail;
	uint8_t piece[4096];
	FILE *f;
	size_t n;

	buf_init(&mail, 1u << 20);
	assert_ok(code_mail_write(m, &mail));
	tmpdir_make(&dir);
	tmpdir_write(&dir, "mail", buf_span(&mail));
	tmpdir_write(&dir, "read.py", span_str(script));
	(void)snprintf(command, sizeof(command),
	    "PYTHONIOENCODING=utf-8 /usr/bin/python3 %s %s 2>&1",
	    tmpdir_join(&dir, "read.py", script_path), tmpdir_join(&dir, "mail", mail_path));
	f = popen(command, "re");
	assert_non_null(f);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		assert_ok(buf_put(seen, span_of(piece, n)));
	assert_int_equal(pclose(f), 0);
	buf_done(&mail);
	tmpdir_done(&dir);
}

static void
test_read_back(void **state)
{
	static const struct {
		const char *organisation, *to;
		enum tenant_language language;
		const char *want;
	} cases[] = {
		{ "Contoso", "bob@fabrikam.example", LANGUAGE_EN,
		    "Contoso | secudoc@contoso.example\nbob@fabrikam.example\n"
		    "Your code for the files from Contoso\n"
		    "auto-generated en 2026-11-18T11:06:40+00:00\n"
		    "['multipart/alternative', 'text/plain', 'text/html']\n"
		    "Your code is: 482193\nTrue False False False\nTrue False\nTrue []\n" },
		{ "Gemeente \xc3\x85kers, \"Noord\" <x@y>", "bob@fabrikam.example", LANGUAGE_NL,
		    "Gemeente \xc3\x85kers, \"Noord\" <x@y> | secudoc@contoso.example\n"
		    "bob@fabrikam.example\n"
		    "Uw code voor de bestanden van Gemeente \xc3\x85kers, \"Noord\" <x@y>\n"
		    "auto-generated nl 2026-11-18T11:06:40+00:00\n"
		    "['multipart/alternative', 'text/plain', 'text/html']\n"
		    "Uw code is: 482193\nTrue False False False\nTrue False\nTrue []\n" },
		{ "<script>{{digits}}%s \xc3\xb6\xc3\xb6", "bob@fabrikam.example", LANGUAGE_DE,
		    "<script>{{digits}}%s \xc3\xb6\xc3\xb6 | secudoc@contoso.example\n"
		    "bob@fabrikam.example\n"
		    "Ihr Code f\xc3\xbcr die Dateien von <script>{{digits}}%s \xc3\xb6\xc3\xb6\n"
		    "auto-generated de 2026-11-18T11:06:40+00:00\n"
		    "['multipart/alternative', 'text/plain', 'text/html']\n"
		    "Ihr Code lautet: 482193\nTrue False False False\nTrue False\nTrue []\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tenant tenant = { .id = 1,
			.organisation = cases[i].organisation,
			.facility_address = "secudoc@contoso.example" };
		struct code_mail m = { .tenant = &tenant,
			.language = cases[i].language,
			.to = span_str(cases[i].to),
			.code = "482193",
			.life_ms = 600000,
			.now_ms = 1795000000000ll };
		struct buf seen;

		buf_init(&seen, 1u << 20);
		code_mail_name(&m);
		read_back(&m, &seen);
		if (strcmp(buf_cstr(&seen), cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].organisation, buf_cstr(&seen));
		buf_done(&seen);
	}
}

static void
test_message_id(void **state)
{
	struct tenant tenant = { .facility_address = "secudoc@contoso.example" };
	struct code_mail a = { .tenant = &tenant }, b = { .tenant = &tenant };

	(void)state;
	code_mail_name(&a);
	code_mail_name(&b);
	assert_string_not_equal(a.message_id, b.message_id);
	assert_int_equal(a.message_id[0], '<');
	assert_non_null(strstr(a.message_id, "@contoso.example>"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_message_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
