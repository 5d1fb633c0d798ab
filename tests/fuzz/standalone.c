/*
 * Replays inputs through a fuzz target, so that seeds run as tests under every compiler.
 *
 * usage: replay_NAME FILE-OR-FOLDER...; a missing or empty folder fails: a test without inputs proves
 * nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(1);
}

static void
replay_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	/* exactly as large as the input, so that the sanitizer sees a read beyond it */
	uint8_t *data = malloc(size > 0 ? size : 1);

	if (f == NULL || data == NULL || fread(data, 1, size, f) != size)
		fail(path);
	fclose(f);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static size_t replay(const char *path);

static size_t
replay_folder(const char *path)
{
	struct dirent **names;
	size_t count = 0;
	int n = scandir(path, &names, NULL, alphasort);

	if (n < 0)
		fail(path);
	for (int i = 0; i < n; i++) {
		char inner[4096];

		if (names[i]->d_name[0] != '.') {
			snprintf(inner, sizeof(inner), "%s/%s", path, names[i]->d_name);
			count += replay(inner);
		}
		free(names[i]);
	}
	free(names);
	return count;
}

static size_t
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		fail(path);
	if (S_ISDIR(st.st_mode))
		return replay_folder(path);
	replay_file(path, (size_t)st.st_size);
	return 1;
}

int
main(int argc, char **argv)
{
	size_t count = 0;

	for (int i = 1; i < argc; i++) {
		size_t n = replay(argv[i]);

		if (n == 0) {
			fprintf(stderr, "%s: no inputs\n", argv[i]);
			return 1;
		}
		count += n;
	}
	printf("%zu inputs\n", count);
	return count > 0 ? 0 : 1;
}
