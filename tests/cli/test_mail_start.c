/*
 * A file is a mail by what it begins with: RFC 5322 section 2.2 for fields, RFC 4155 for mailboxes.
 */
#include "cli/mail_start.h"

#include "support/unit.h"

static void
mails_are_told_from_other_files(void **state)
{
	static const struct {
		const char *start;
		bool is;
	} cases[] = {
		{ "From: a@x\n", true },
		{ "Return-Path: <a@x>\r\nReceived: ", true },
		{ "Received:", true },
		{ "x-1: y", true },
		{ "X.Odd_name!: y", true },
		{ "Subject : old\n", true },
		{ "Subject\t:old\n", true },
		{ "From a@x Sat Nov 21 20:30:46 2026\nFrom: a@x\n", true },
		{ "From a@x Sat Nov 21 20:30:46 2026\r\nFrom: a@x\r\n", true },
		{ ">From a@x Sat Nov 21 20:30:46 2026\nTo: a@x\n", true },
		{ "\xEF\xBB\xBFSubject: x\n", true },
		{ "\r\n\nSubject: x\n", true },
		{ "", false },
		{ "\n\n", false },
		{ "no header\n", false },
		{ "Dear Anna,\n\nSubject: x\n", false },
		{ "From a@x Sat Nov 21 20:30:46 2026\nno header: x\n", false },
		{ "From a@x Sat Nov 21 20:30:46 2026", false },
		{ "From ", false },
		{ "Subject\n: x\n", false },
		{ "Subject", false },
		{ ": x\n", false },
		{ " folded: x\n", false },
		{ "{\"SecuDocPlan\": 1}", false },
		{ "{'a': 1}", false },
		{ "a\"b: 1\n", false },
		{ "<?xml version=\"1.0\"?>", false },
		{ "<!DOCTYPE html>", false },
		{ "%PDF-1.7\n%: x", false },
		{ "#!/bin/sh\n: x", false },
		{ "PK\x03\x04: x", false },
		{ "\x7f"
		  "ELF: x",
		    false },
		{ "--boundary: x", false },
		{ "\xD0\xCF\x11\xE0: x", false },
		{ "caf\xC3\xA9: x", false },
		{ "# A page: x\n", false },
		{ "Copyright 2026: x\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (mail_start_looks(span_str(cases[i].start)) != cases[i].is)
			fail_msg("case %zu: %s", i, cases[i].start);
}

/* the file is read from its beginning afterwards, however short or long it is */
static void
files_are_put_back(void **state)
{
	static const size_t sizes[] = { 3, 100, 4095, 4096, 4097, 100000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		FILE *f = tmpfile();
		bool is = false;
		size_t n = 2;

		assert_non_null(f);
		fputs("a:", f);
		while (n++ < sizes[i])
			putc('x', f);
		rewind(f);
		assert_ok(mail_start_is(f, &is));
		assert_true(is);
		for (n = 0; getc(f) != EOF; n++)
			;
		assert_int_equal(n, sizes[i]);
		fclose(f);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mails_are_told_from_other_files),
		cmocka_unit_test(files_are_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
