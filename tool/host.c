/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host does with memory: read from /proc and /sys, where any user can look. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "secret.h"

#include "finding.h"

/* The first line of a small file; false, and "", if it cannot be had. */
static bool line_of(const char *path, char *ret, size_t cap)
{
	FILE *f = fopen(path, "re");
	bool got;

	ret[0] = '\0';
	if (f == NULL)
		return false;
	got = fgets(ret, (int) cap, f) != NULL;
	fclose(f);
	ret[strcspn(ret, "\n")] = '\0';
	return got;
}

static void secret_assess(json_object *list)
{
	enum secret_kind kind = secret_kind();
	struct rlimit limit = {0};
	char text[96];

	finding_add(list, "A-secret-memory", holds_if(kind == SECRET_MEMFD),
		kind == SECRET_MEMFD    ? "memfd_secret works"
		: kind == SECRET_LOCKED ? "no memfd_secret; locked pages are used"
					: "neither memfd_secret nor locked pages",
		kind == SECRET_PLAIN ? "PINs and trusted keys may reach swap and core files: raise "
				       "RLIMIT_MEMLOCK"
				     : "PINs and trusted keys are in memory that the kernel, and "
				       "whoever may read the process's memory, can read: boot with "
				       "secretmem.enable=1");
	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		snprintf(text, sizeof(text), "RLIMIT_MEMLOCK is unlimited");
	else
		snprintf(text, sizeof(text), "RLIMIT_MEMLOCK is %lu KiB",
			(unsigned long) (limit.rlim_cur >> 10));
	finding_add(list, "A-memlock", holds_if(limit.rlim_cur >= (1u << 20)), text,
		"secret memory runs out early, and logins fail");
}

/* A pattern that is a pipe gets the core file whatever the limit is. */
static void core_assess(json_object *list)
{
	char pattern[160], text[256];
	struct rlimit limit = {0};
	bool none;

	line_of("/proc/sys/kernel/core_pattern", pattern, sizeof(pattern));
	if (getrlimit(RLIMIT_CORE, &limit) != 0)
		return;
	none = limit.rlim_cur == 0 && pattern[0] != '|';
	snprintf(text, sizeof(text), "ulimit -c is %s, core_pattern is \"%s\"",
		limit.rlim_cur == 0               ? "0"
		: limit.rlim_cur == RLIM_INFINITY ? "unlimited"
						  : "limited",
		pattern);
	finding_add(list, "A-core", holds_if(none), text,
		"a crash of the program writes the keys that it has in use into a core file");
}

/* ---- swap ---- */

#define SWAP_LAYERS 8 /* LVM on LUKS on RAID ... */

/* Whether a block device is encrypted by device mapper, itself or somewhere below. Where a layer
 * lies on several, the first is followed. */
static bool block_encrypted(dev_t dev)
{
	char at[512], path[600], uuid[128];

	snprintf(at, sizeof(at), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	for (int layer = 0; layer < SWAP_LAYERS; layer++) {
		struct dirent *entry = NULL;
		size_t len;
		DIR *dir;

		snprintf(path, sizeof(path), "%s/dm/uuid", at);
		if (line_of(path, uuid, sizeof(uuid)) && strncmp(uuid, "CRYPT-", 6) == 0)
			return true;
		len = strlen(at);
		if (len + 10 > sizeof(at))
			return false;
		memcpy(at + len, "/slaves", 8);
		dir = opendir(at);
		if (dir == NULL)
			return false;
		do
			entry = readdir(dir);
		while (entry != NULL && entry->d_name[0] == '.');
		len = strlen(at);
		if (entry == NULL || len + strlen(entry->d_name) + 2 > sizeof(at)) {
			closedir(dir);
			return false;
		}
		at[len] = '/';
		memcpy(at + len + 1, entry->d_name, strlen(entry->d_name) + 1);
		closedir(dir);
	}
	return false;
}

static bool swap_safe(const char *path)
{
	char backing[128];
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (S_ISBLK(st.st_mode) && strncmp(path, "/dev/zram", 9) == 0) {
		char sys[96];

		snprintf(sys, sizeof(sys), "/sys/block/%.40s/backing_dev", path + 5);
		return !line_of(sys, backing, sizeof(backing)) || strcmp(backing, "none") == 0;
	}
	return block_encrypted(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev);
}

static void swap_assess(json_object *list)
{
	FILE *f = fopen("/proc/swaps", "re");
	char line[512], path[400], bad[400] = "";
	unsigned count = 0;

	if (f == NULL) {
		finding_add(list, "A-swap", HOLDS_UNKNOWN, "/proc/swaps cannot be read", NULL);
		return;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] != '/' || sscanf(line, "%399s", path) != 1)
			continue;
		count++;
		if (!swap_safe(path))
			memcpy(bad, path, sizeof(bad));
	}
	fclose(f);
	if (bad[0] != '\0')
		snprintf(line, sizeof(line), "swap on %s is not known to be encrypted", bad);
	else
		snprintf(line, sizeof(line), "%s",
			count == 0 ? "no swap" : "swap is encrypted or in memory");
	finding_add(list, "A-swap", holds_if(bad[0] == '\0'), line,
		"keys in use may be written to disk and stay there: encrypt swap, or turn it off");
}

/* ---- the kernel ---- */

static void hibernation_assess(json_object *list)
{
	char state[128], disk[128];
	bool off;

	line_of("/sys/power/state", state, sizeof(state));
	line_of("/sys/power/disk", disk, sizeof(disk));
	off = strstr(state, "disk") == NULL || strstr(disk, "[disabled]") != NULL;
	finding_add(list, "A-hibernation", holds_if(off),
		off ? "hibernation is off" : "hibernation is possible",
		"the image of the memory that it writes holds the keys in use (memfd_secret "
		"prevents it while a token is open)");
}

static void ptrace_assess(json_object *list)
{
	char scope[16], text[64];
	bool there = line_of("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope));

	snprintf(text, sizeof(text), there ? "yama ptrace_scope is %s" : "no yama", scope);
	finding_add(list, "A-ptrace", holds_if(there && scope[0] >= '1'), text,
		"any process of the same user can read the keys in use: set "
		"kernel.yama.ptrace_scope=1, or isolate the module (p11-kit's remoting)");
}

static void lockdown_assess(json_object *list)
{
	char line[128], text[160];
	bool there = line_of("/sys/kernel/security/lockdown", line, sizeof(line));
	bool none = strstr(line, "[none]") != NULL;

	snprintf(text, sizeof(text),
		there ? "kernel lockdown: %s" : "kernel lockdown is not there%s", line);
	finding_add(list, "A-lockdown", holds_if(there && !none), text,
		"this host's administrator can read the memory of every process through the "
		"kernel");
}

static void secure_boot_assess(json_object *list)
{
	static const char path[] = "/sys/firmware/efi/efivars/"
				   "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	uint8_t value[5] = {0};
	ssize_t n = -1;
	int fd;

	if (access("/sys/firmware/efi", F_OK) != 0) {
		finding_add(list, "A-secure-boot", HOLDS_UNKNOWN, "no EFI firmware is to be seen",
			"what ran before the kernel is told by PCRs alone");
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, value, sizeof(value));
		close(fd);
	}
	finding_add(list, "A-secure-boot", n == 5 ? holds_if(value[4] == 1) : HOLDS_UNKNOWN,
		n != 5          ? "secure boot cannot be seen from here"
		: value[4] == 1 ? "secure boot is on"
				: "secure boot is off",
		"anybody at the machine can start another system; PCR 7 says so, PIN-only tokens "
		"do not");
}

void host_assess(json_object *findings)
{
	secret_assess(findings);
	core_assess(findings);
	swap_assess(findings);
	hibernation_assess(findings);
	ptrace_assess(findings);
	lockdown_assess(findings);
	secure_boot_assess(findings);
}
