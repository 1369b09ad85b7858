/* SPDX-License-Identifier: BSD-2-Clause */
/* Two processes on one store: what one writes the other sees at its next call, in turns over a pair
 * of pipes. */
#include "p11.h"

#include <sys/wait.h>
#include <unistd.h>

struct other {
	pid_t pid;
	int to, from;
};

/* The other process: one letter is one order, the answer one byte: 0 is fine. */
static int serve(const struct world *w, int in, int out)
{
	CK_SESSION_HANDLE s = CK_INVALID_HANDLE;
	CK_OBJECT_HANDLE pub, priv, found;
	CK_ATTRIBUTE label = {CKA_LABEL, (void *) "mine", 4};
	CK_ATTRIBUTE renamed = {CKA_LABEL, (void *) "renamed", 7};
	CK_ULONG n;
	char order;

	p11_alarm(60);
	while (read(in, &order, 1) == 1) {
		CK_RV rv = CKR_GENERAL_ERROR;
		char answer;

		switch (order) {
		case 's': /* start */
			rv = p11->C_Initialize(NULL);
			s = rv == CKR_OK ? world_rw(w) : 0;
			break;
		case 'l':
			rv = p11_login(s);
			break;
		case 'g': /* generate */
			rv = p11_ec_pair(s, true, "theirs", &pub, &priv);
			break;
		case 'd': /* destroy what the first one made */
		case 'r': /* rename it */
			rv = p11->C_FindObjectsInit(s, &label, 1);
			if (rv == CKR_OK)
				rv = p11->C_FindObjects(s, &found, 1, &n);
			if (rv == CKR_OK)
				rv = p11->C_FindObjectsFinal(s);
			if (rv == CKR_OK && n == 1)
				rv = order == 'd' ? p11->C_DestroyObject(s, found)
						  : p11->C_SetAttributeValue(s, found, &renamed, 1);
			break;
		case 'p':
			rv = p11->C_SetPIN(
				s, UTF8(USER_PIN), strlen(USER_PIN), UTF8("other-pin"), 9);
			break;
		case 'c': /* is the first one's renamed object here? */
			rv = p11_count(s, "renamed") == 1 ? CKR_OK : CKR_GENERAL_ERROR;
			break;
		default:
			return 1;
		}
		answer = rv == CKR_OK ? 0 : 1;
		if (rv != CKR_OK)
			printf("order %c: 0x%lx\n", order, rv);
		fflush(stdout);
		if (write(out, &answer, 1) != 1)
			return 1;
	}
	return 0;
}

static struct other other_start(struct world *w)
{
	struct other o = {-1, -1, -1};
	int to[2], from[2];

	if (!CHECK(pipe(to) == 0 && pipe(from) == 0))
		return o;
	fflush(stdout);
	o.pid = fork();
	if (o.pid == 0) {
		close(to[1]);
		close(from[0]);
		_exit(serve(w, to[0], from[1]));
	}
	close(to[0]);
	close(from[1]);
	o.to = to[1];
	o.from = from[0];
	return o;
}

static bool tell(const struct other *o, const char *orders)
{
	char answer;

	for (; *orders != '\0'; orders++)
		if (write(o->to, orders, 1) != 1 || read(o->from, &answer, 1) != 1 || answer != 0)
			return false;
	return true;
}

static void other_end(const struct other *o)
{
	int status = -1;

	close(o->to);
	close(o->from);
	CHECK(waitpid(o->pid, &status, 0) == o->pid);
	CHECK_EQ(status, 0);
}

static void each_sees_what_the_other_wrote(void)
{
	WORLD(w);
	struct other o;
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE mine;
	CK_ATTRIBUTE label = {CKA_LABEL, NULL, 0};

	p11_alarm(60);
	REQUIRE_RV(world_token(&w), CKR_OK);
	o = other_start(&w);
	REQUIRE(tell(&o, "sl"));
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	CHECK_EQ(p11_count(s, NULL), 0);
	REQUIRE(tell(&o, "g"));
	CHECK_EQ(p11_count(s, "theirs"), 2);
	REQUIRE_RV(p11_data(s, true, false, "mine", &mine), CKR_OK);
	REQUIRE(tell(&o, "r"));
	CHECK_EQ(p11_count(s, "mine"), 0);
	CHECK_EQ(p11_count(s, "renamed"), 1);
	CHECK_RV(p11->C_GetAttributeValue(s, mine, &label, 1), CKR_OK); /* the same handle */
	CHECK_EQ(label.ulValueLen, 7);
	CHECK(tell(&o, "c"));
	REQUIRE_RV(p11_data(s, true, false, "mine", &mine), CKR_OK);
	REQUIRE(tell(&o, "d"));
	CHECK_EQ(p11_count(s, "mine"), 0);
	CHECK_RV(p11->C_DestroyObject(s, mine), CKR_OBJECT_HANDLE_INVALID);
	other_end(&o);
	p11_alarm(0);
}

static void keys_made_there_are_used_here(void)
{
	WORLD(w);
	struct other o;
	CK_SESSION_HANDLE s;
	CK_OBJECT_CLASS classes[2] = {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY};
	CK_OBJECT_HANDLE keys[2];

	p11_alarm(60);
	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	o = other_start(&w);
	REQUIRE(tell(&o, "slg"));
	for (int i = 0; i < 2; i++) {
		CK_ATTRIBUTE t = {CKA_CLASS, &classes[i], sizeof(classes[i])};
		CK_ULONG n = 0;

		REQUIRE_RV(p11->C_FindObjectsInit(s, &t, 1), CKR_OK);
		REQUIRE_RV(p11->C_FindObjects(s, &keys[i], 1, &n), CKR_OK);
		CHECK_EQ(n, 1);
		REQUIRE_RV(p11->C_FindObjectsFinal(s), CKR_OK);
	}
	CHECK_RV(p11_ec_use(s, keys[0], keys[1]), CKR_OK);
	other_end(&o);
	p11_alarm(0);
}

static void a_pin_changed_there_counts_here(void)
{
	WORLD(w);
	struct other o;
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE pub, priv;

	p11_alarm(60);
	REQUIRE_RV(world_token(&w), CKR_OK);
	s = world_rw(&w);
	REQUIRE_RV(p11_login(s), CKR_OK);
	o = other_start(&w);
	REQUIRE(tell(&o, "slp"));
	/* Who is in stays in, and may write. */
	CHECK_RV(p11_ec_pair(s, true, "k", &pub, &priv), CKR_OK);
	CHECK_RV(p11->C_Logout(s), CKR_OK);
	CHECK_RV(p11_login(s), CKR_PIN_INCORRECT);
	CHECK_RV(p11->C_Login(s, CKU_USER, UTF8("other-pin"), 9), CKR_OK);
	CHECK_EQ(p11_count(s, "k"), 2);
	other_end(&o);
	p11_alarm(0);
}

static const struct test tests[] = {
	TEST(each_sees_what_the_other_wrote),
	TEST(keys_made_there_are_used_here),
	TEST(a_pin_changed_there_counts_here),
};
TEST_MAIN(tests)
