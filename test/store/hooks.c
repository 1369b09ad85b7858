/* SPDX-License-Identifier: BSD-2-Clause */
#include "hooks.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

bool (*hook_before)(enum hook_call call, const char *name, size_t *len);
void (*hook_after)(enum hook_call call, const char *name);

static bool before(enum hook_call call, const char *name, size_t *len)
{
	return hook_before == NULL || hook_before(call, name, len);
}

static void after(enum hook_call call, const char *name)
{
	if (hook_after != NULL)
		hook_after(call, name);
}

ssize_t pwrite64(int fd, const void *ptr, size_t len, off64_t at)
{
	ssize_t n;

	if (!before(HOOK_PWRITE, NULL, &len))
		return -1;
	n = syscall(SYS_pwrite64, fd, ptr, len, at);
	after(HOOK_PWRITE, NULL);
	return n;
}

int fdatasync(int fd)
{
	size_t len = 0;
	int rc;

	if (!before(HOOK_SYNC, NULL, &len))
		return -1;
	rc = (int) syscall(SYS_fdatasync, fd);
	after(HOOK_SYNC, NULL);
	return rc;
}

int fsync(int fd)
{
	return fdatasync(fd);
}

int unlink(const char *name)
{
	size_t len = 0;
	int rc;

	if (!before(HOOK_UNLINK, name, &len))
		return -1;
	rc = (int) syscall(SYS_unlinkat, -100 /* AT_FDCWD */, name, 0);
	after(HOOK_UNLINK, name);
	return rc;
}

int ftruncate64(int fd, off64_t len)
{
	size_t none = 0;
	int rc;

	if (!before(HOOK_TRUNCATE, NULL, &none))
		return -1;
	rc = (int) syscall(SYS_ftruncate, fd, len);
	after(HOOK_TRUNCATE, NULL);
	return rc;
}
