/* SPDX-License-Identifier: BSD-2-Clause */
/* Off by default. Never given attribute values, PINs or their lengths, plaintext, ciphertext, keys,
 * blobs, authorisation values or pointers. Read STYLE: translate and log once, where it happens.
 * Self-locked by stdio. */
#pragma once

#include "attr.h"

enum log_level {
	LOG_OFF,
	LOG_ERROR, /* an operation failed for a reason that the return code alone does not tell */
	LOG_INFO,
	LOG_DEBUG,
};

typedef void log_sink(void *arg, enum log_level level, const char *text);

/* "off", "error", "info" or "debug", optionally followed by ":FILE" (appended to; else standard
 * error). NULL is off. Anything else is off, too. Called once, at C_Initialize or by the command's
 * main. */
void log_open(const char *spec);
/* Sends lines to the caller instead (the command shows the last error); NULL takes it back. */
void log_set_sink(log_sink *sink, void *arg, enum log_level level);
void log_close(void);

void log_write(enum log_level level, const char *func, const char *format, ...) _printf_(3, 4);
extern enum log_level log_level_now;

#define log_at(level, ...)                                         \
	do {                                                       \
		if ((level) <= log_level_now)                      \
			log_write((level), __func__, __VA_ARGS__); \
	} while (0)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
