/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzzer without its engine: each seed, then mutations of them from a fixed random sequence,
 * the same in every run. run SEEDS COUNT */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEEDS_MAX 64u
#define INPUT_MAX 1024u

struct input {
	uint8_t bytes[INPUT_MAX];
	size_t len;
};
static struct input seeds[SEEDS_MAX];
static size_t seed_count;
static uint64_t sequence = 0x62756c6c61; /* any but zero */

static uint32_t any(uint32_t below)
{
	sequence ^= sequence << 13;
	sequence ^= sequence >> 7;
	sequence ^= sequence << 17;
	return (uint32_t) (sequence >> 16) % below;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void seeds_read(const char *folder)
{
	struct dirent **names = NULL;
	const int count = scandir(folder, &names, NULL, by_name);

	for (int i = 0; i < count; i++) {
		char path[400];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		f = names[i]->d_name[0] != '.' && seed_count < SEEDS_MAX ? fopen(path, "rbe")
									 : NULL;
		if (f != NULL) {
			seeds[seed_count].len = fread(seeds[seed_count].bytes, 1, INPUT_MAX, f);
			seed_count++;
			fclose(f);
		}
		free(names[i]);
	}
	free(names);
}

static void insert(struct input *in, size_t at, const uint8_t *src, size_t len)
{
	if (len > INPUT_MAX - in->len)
		len = INPUT_MAX - in->len;
	memmove(in->bytes + at + len, in->bytes + at, in->len - at);
	memcpy(in->bytes + at, src, len);
	in->len += len;
}

static void mutate(struct input *in)
{
	const struct input *other = &seeds[any((uint32_t) seed_count)];
	const size_t at = any((uint32_t) in->len + 1);
	const uint8_t byte = (uint8_t) any(256);
	size_t from = any((uint32_t) other->len + 1), len = any(24);

	switch (any(5)) {
	case 0:
		insert(in, at, &byte, 1);
		break;
	case 1: /* some of a seed */
		insert(in, at, other->bytes + from,
			len < other->len - from ? len : other->len - from);
		break;
	case 2:
		len = len < in->len - at ? len : in->len - at;
		memmove(in->bytes + at, in->bytes + at + len, in->len - at - len);
		in->len -= len;
		break;
	case 3:
		if (at < in->len)
			in->bytes[at] = byte;
		break;
	default:
		if (at < in->len)
			in->bytes[at] ^= (uint8_t) (1u << any(8));
	}
}

int main(int argc, char **argv)
{
	const unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (argc > 1)
		seeds_read(argv[1]);
	if (seed_count == 0 || count == 0) {
		fprintf(stderr, "run SEEDS COUNT\n");
		return 1;
	}
	for (size_t i = 0; i < seed_count; i++)
		(void) LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].len);
	for (unsigned long i = 0; i < count; i++) {
		struct input in = seeds[any((uint32_t) seed_count)];

		for (unsigned n = any(12) + 1; n > 0; n--)
			mutate(&in);
		(void) LLVMFuzzerTestOneInput(in.bytes, in.len);
	}
	printf("1 passed, 0 failed, 0 skipped (%lu inputs)\n", count + seed_count);
	return 0;
}
