/* SPDX-License-Identifier: BSD-2-Clause */
/* One line of text at a time, to nowhere, standard error, a file or a sink of the caller's. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum log_level log_level_now = LOG_OFF;
static int log_fd = -1;
static log_sink *sink_now;
static void *sink_arg;

static enum log_level level_parse(const char *spec, size_t len)
{
	static const char *const names[] = {"off", "error", "info", "debug"};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (len == strlen(names[i]) && strncmp(spec, names[i], len) == 0)
			return (enum log_level) i;
	return LOG_OFF;
}

void log_close(void)
{
	log_level_now = LOG_OFF;
	if (log_fd > STDERR_FILENO)
		close(log_fd);
	log_fd = -1;
}

void log_open(const char *spec)
{
	const char *file = spec == NULL ? NULL : strchr(spec, ':');
	enum log_level level;

	if (sink_now != NULL)
		return;
	log_close();
	if (spec == NULL)
		return;
	level = level_parse(spec, file == NULL ? strlen(spec) : (size_t) (file - spec));
	if (level == LOG_OFF)
		return;
	log_fd = file == NULL
			 ? STDERR_FILENO
			 : open(file + 1, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
				   0600);
	if (log_fd >= 0)
		log_level_now = level;
}

void log_set_sink(log_sink *sink, void *arg, enum log_level level)
{
	sink_now = sink;
	sink_arg = arg;
	log_level_now = sink == NULL ? LOG_OFF : level;
}

void log_write(enum log_level level, const char *func, const char *format, ...)
{
	static const char *const words[] = {"", "error", "info", "debug"};
	int keep = errno;
	char line[512];
	size_t at = 0;
	va_list ap;

	if (sink_now == NULL)
		at = (size_t) snprintf(line, sizeof(line), "bulla: %s: %s: ", words[level], func);
	va_start(ap, format);
	vsnprintf(line + at, sizeof(line) - at - 1, format, ap);
	va_end(ap);
	if (sink_now != NULL) {
		sink_now(sink_arg, level, line);
	} else if (log_fd >= 0) {
		at = strlen(line);
		line[at++] = '\n';
		if (write(log_fd, line, at) < 0)
			log_level_now = LOG_OFF; /* nowhere left to say it */
	}
	errno = keep;
}
