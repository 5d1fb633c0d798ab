/*
 * docs/attachments.md, section 4, against the table of rules/policy.c: the same rows in the same order.
 */
#include "rules/policy.h"

#include "support/unit.h"

#include <stdio.h>

static void
publishes_the_table(void **state)
{
	FILE *f = fopen(SOURCE_DIR "/docs/attachments.md", "r");
	char line[1024], want[1024];
	size_t row = 0;
	bool here = false;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "## ", 3) == 0)
			here = strncmp(line, "## 4.", 5) == 0;
		if (!here || strncmp(line, "| `", 3) != 0)
			continue;
		assert_true(row < policy_table_count);
		snprintf(want, sizeof(want), "| `%s` | %s | %s |\n", policy_table[row].reason,
		    policy_verdict_name(policy_table[row].verdict), policy_table[row].sentence);
		assert_string_equal(line, want);
		row++;
	}
	fclose(f);
	assert_int_equal(row, policy_table_count);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(publishes_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
