/* SPDX-License-Identifier: BSD-2-Clause */
/* Bulla's trusted application: the entry points. The normal world's memory is read once, before
 * anything is looked at, and written once, when all is done. */
#include "memory.h"
#include "seal_cmd.h"
#include "ta_broken.h"

#include <tee_internal_api.h>

struct request {
	uint8_t bytes[TA_REQUEST_MAX];
};
struct answer {
	uint8_t bytes[TA_ANSWER_MAX];
};

static void request_wipe(struct request *r)
{
	wire_wipe(r, sizeof(*r));
}

static void answer_wipe(struct answer *a)
{
	wire_wipe(a, sizeof(*a));
}

TEE_Result TA_CreateEntryPoint(void)
{
	memory_init();
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

/* Who the client is is asked for each command: it is a property of the session. */
TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **ret)
{
	(void) types;
	(void) params;
	*ret = NULL;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session)
{
	(void) session;
}

static bool params_fit(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS])
{
	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
			     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE))
		return false;
	return params[0].memref.buffer != NULL && params[0].memref.size > 0 &&
	       params[0].memref.size <= TA_REQUEST_MAX && params[1].memref.buffer != NULL &&
	       params[1].memref.size >= TA_ANSWER_MAX;
}

/* The answer's bytes: its head, and behind it what the command left there if it succeeded. */
static size_t answer_make(const struct seal_call *call, enum ta_status st, struct answer *a)
{
	struct wire_out head = {.buf = a->bytes, .max = TA_ANSWER_HEAD};

	if (st == TA_ST_OK && call->out.bad)
		st = TA_ST_INTERNAL;
	wire_put_u8(&head, TA_PROTO_VERSION);
	wire_put_u8(&head, (uint8_t) st);
	wire_put_u8(&head, call->counted ? 1 : 0);
	wire_put_u8(&head, 0);
	wire_put_u32(&head, call->counted ? call->failed : 0);
	wire_put_u32(&head, call->counted ? call->tries : 0);
	return head.len + (st == TA_ST_OK ? call->out.len : 0);
}

TEE_Result TA_InvokeCommandEntryPoint(
	void *session, uint32_t cmd, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	_wiped_(request) struct request request = {0};
	_wiped_(answer) struct answer answer = {0};
	struct seal_call call = {.out = {.buf = answer.bytes + TA_ANSWER_HEAD,
					 .max = sizeof(answer.bytes) - TA_ANSWER_HEAD}};
	enum ta_status st = TA_ST_VERSION;

	(void) session;
	if (!params_fit(types, params))
		return TEE_ERROR_BAD_PARAMETERS;
	call.in = (struct wire_in){.at = request.bytes, .left = params[0].memref.size};
	TEE_MemMove(request.bytes, params[0].memref.buffer, call.in.left);
	if (BROKEN("ta-copy-in"))
		call.in.at = params[0].memref.buffer;
	if (wire_u8(&call.in) == TA_PROTO_VERSION)
		st = seal_cmd_run(cmd, &call);
	params[1].memref.size = answer_make(&call, st, &answer);
	TEE_MemMove(params[1].memref.buffer, answer.bytes, params[1].memref.size);
	return TEE_SUCCESS;
}
