/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminal rules. While a secret is typed, signals that would end or stop us wait until the
 * terminal echoes again. */
#include "ui.h"

#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

_printf_(2, 0) static void say(const char *word, const char *format, va_list ap)
{
	fflush(stdout);
	fprintf(stderr, "bulla: %s", word);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

void ui_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("error: ", format, ap);
	va_end(ap);
}

void ui_hint(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("hint: ", format, ap);
	va_end(ap);
}

void ui_note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
}

/* The length of one UTF-8 character that may be shown at the start of s; 0: not one. Control
 * characters, surrogates, and the marks that change the direction of writing are none. */
static size_t utf8_shown(const uint8_t *s, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = s[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	if (c < 0xc2 || c > 0xf4 || n > len)
		return 0;
	c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c < 0xa0)
		return 0;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff)
		return 0;
	return n;
}

char *ui_clean(struct bytes text)
{
	char *out = calloc(text.len + 1, 4);
	size_t at = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < text.len;) {
		size_t n = utf8_shown(text.ptr + i, text.len - i);

		if (n == 0) {
			at += (size_t) snprintf(out + at, 5, "\\x%02x", text.ptr[i]);
			i++;
			continue;
		}
		memcpy(out + at, text.ptr + i, n);
		at += n;
		i += n;
	}
	return out;
}

void ui_text_done(char **text)
{
	free(*text);
	*text = NULL;
}

/* ---- secrets ---- */

/* One line, without its end, from a descriptor that blocks; byte by byte, so that nothing beyond
 * the line is taken. watch: another descriptor that ends the wait, or -1. */
static int line_read(int fd, int watch, struct secret *line, size_t *ret_len)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = watch, .events = POLLIN}};
	size_t len = 0;
	ssize_t n;
	uint8_t *at;

	for (;;) {
		if (len == UI_SECRET_MAX + 1) {
			ui_error("a PIN or passphrase has at most %u bytes", UI_SECRET_MAX);
			return UI_FAILED;
		}
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents != 0)
			return UI_FAILED;
		at = secret_bytes(line) + len;
		n = read(fd, at, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			break;
		if (n == 0 || *at == '\n') {
			if (len > 0 && at[-1] == '\r')
				len--;
			*ret_len = len;
			return UI_OK;
		}
		len++;
	}
	ui_error("cannot read the PIN: %s", strerror(errno));
	return UI_FAILED;
}

static int line_take(int fd, int watch, struct secret **ret)
{
	struct err e;
	SECRET(line);
	size_t len = 0;
	int code;

	e = secret_new(UI_SECRET_MAX + 1, &line);
	if (e.code != E_OK) {
		ui_error("%s", err_str(e));
		return UI_FAILED;
	}
	code = line_read(fd, watch, line, &len);
	if (code != UI_OK)
		return code;
	e = secret_copy_in(BYTES(secret_bytes(line), len), ret);
	if (e.code != E_OK)
		ui_error("%s", err_str(e));
	return e.code == E_OK ? UI_OK : UI_FAILED;
}

/* A file that others could read or change has no secret in it. */
static int file_take(const char *path, struct secret **ret)
{
	struct stat st;
	FD(fd);

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		ui_error("cannot read %s: %s", path, strerror(errno));
		return UI_FAILED;
	}
	if (!S_ISREG(st.st_mode)) {
		ui_error("%s is not a regular file", path);
		ui_hint("pipes and terminals are read with --pin-fd");
		return UI_FAILED;
	}
	if ((st.st_mode & 077) != 0 || (st.st_uid != geteuid() && st.st_uid != 0)) {
		ui_error("%s can be read by others than its owner, or is not yours", path);
		ui_hint("chmod 600 %s, and change the PIN if somebody may have read it", path);
		return UI_FAILED;
	}
	return line_take(fd, -1, ret);
}

struct quiet {
	int tty, signals; /* descriptors */
	struct termios before;
	sigset_t mask;
	bool on;
};

static bool quiet_begin(struct quiet *q)
{
	struct termios now;
	sigset_t wait;

	sigemptyset(&wait);
	sigaddset(&wait, SIGINT);
	sigaddset(&wait, SIGTERM);
	sigaddset(&wait, SIGHUP);
	sigaddset(&wait, SIGQUIT);
	sigaddset(&wait, SIGTSTP);
	q->tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (q->tty < 0 || tcgetattr(q->tty, &q->before) < 0)
		return false;
	if (sigprocmask(SIG_BLOCK, &wait, &q->mask) < 0)
		return false;
	now = q->before;
	now.c_lflag &= ~(tcflag_t) (ECHO | ECHOE | ECHOK | ECHONL);
	now.c_lflag |= ICANON | ISIG;
	q->on = true;
	q->signals = signalfd(-1, &wait, SFD_CLOEXEC);
	return q->signals >= 0 && tcsetattr(q->tty, TCSAFLUSH, &now) == 0;
}

/* The signals that waited are delivered here, with the terminal as it was. */
static void quiet_end(struct quiet *q)
{
	if (q->on) {
		tcsetattr(q->tty, TCSAFLUSH, &q->before);
		dprintf(q->tty, "\n");
		sigprocmask(SIG_SETMASK, &q->mask, NULL);
	}
	fd_done(&q->signals);
	fd_done(&q->tty);
}

static int tty_take(const char *prompt, struct secret **ret)
{
	_cleanup_(quiet_end) struct quiet q = {.tty = -1, .signals = -1};

	if (!quiet_begin(&q)) {
		ui_error("there is no terminal to ask for the %s", prompt);
		ui_hint("give it with the -fd or -file option of the same name");
		return UI_FAILED;
	}
	dprintf(q.tty, "%s: ", prompt);
	return line_take(q.tty, q.signals, ret);
}

static int tty_take_new(const char *prompt, struct secret **ret)
{
	SECRET(first);
	SECRET(again);
	char text[160];
	int code = tty_take(prompt, &first);

	if (code != UI_OK)
		return code;
	snprintf(text, sizeof(text), "%s, again", prompt);
	code = tty_take(text, &again);
	if (code != UI_OK)
		return code;
	if (!bytes_eq_ct(secret_view(first), secret_view(again))) {
		ui_error("the two are not the same");
		return UI_FAILED;
	}
	*ret = TAKE(first);
	return UI_OK;
}

int ui_secret(const struct secret_from *from, const char *prompt, bool is_new, struct secret **ret)
{
	if (from->fd >= 0)
		return line_take(from->fd, -1, ret);
	if (from->file != NULL)
		return file_take(from->file, ret);
	return is_new ? tty_take_new(prompt, ret) : tty_take(prompt, ret);
}

int ui_agree(bool yes, const char *question)
{
	char answer[16] = "";
	FILE *tty;

	if (yes)
		return UI_OK;
	tty = fopen("/dev/tty", "r+e");
	if (tty == NULL) {
		ui_error("there is no terminal to ask: %s", question);
		ui_hint("--yes agrees to it");
		return UI_USAGE;
	}
	fprintf(tty, "%s [y/N] ", question);
	fflush(tty);
	if (fgets(answer, sizeof(answer), tty) == NULL)
		answer[0] = '\0';
	fclose(tty);
	if (answer[0] == 'y' || answer[0] == 'Y')
		return UI_OK;
	ui_error("not agreed to; nothing was changed");
	return UI_FAILED;
}

int ui_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return UI_OK;
	ui_error("cannot write the output: %s", strerror(errno));
	return UI_FAILED;
}

int ui_json(json_object **o)
{
	const char *text = json_object_to_json_string_ext(*o,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
	int code = UI_FAILED;

	if (text != NULL) {
		puts(text);
		code = ui_flush();
	} else {
		ui_error("out of memory");
	}
	json_object_put(*o);
	*o = NULL;
	return code;
}
