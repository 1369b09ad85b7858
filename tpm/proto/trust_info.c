/* SPDX-License-Identifier: BSD-2-Clause */
/* What a trust source says of itself, as bytes (docs/formats.md). */
#include "trust_info.h"

#define INFO_VERSION 1u

enum { COUNT_KNOWN = 1, COUNT_LOCKED = 2 };
enum { INFO_SOFTWARE = 1, INFO_OWNER = 2, INFO_LOCKOUT = 4, INFO_ENDORSEMENT = 8, INFO_SRK = 16 };

struct err trust_count_put(const struct trust_count *c, struct buf *ret)
{
	TRY(buf_put_u8(
		ret, (uint8_t) ((c->known ? COUNT_KNOWN : 0) | (c->locked ? COUNT_LOCKED : 0))));
	TRY(buf_put_u32(ret, c->failed));
	TRY(buf_put_u32(ret, c->max));
	TRY(buf_put_u32(ret, c->interval_s));
	return buf_put_u32(ret, c->recovery_s);
}

struct err trust_count_read(struct bytes b, struct trust_count *ret)
{
	struct reader r = reader_of(b);
	struct trust_count c = {0};
	uint8_t flags;

	TRY(reader_u8(&r, &flags));
	if (flags > (COUNT_KNOWN | COUNT_LOCKED))
		return ERR(E_CORRUPT);
	c.known = (flags & COUNT_KNOWN) != 0;
	c.locked = (flags & COUNT_LOCKED) != 0;
	TRY(reader_u32(&r, &c.failed));
	TRY(reader_u32(&r, &c.max));
	TRY(reader_u32(&r, &c.interval_s));
	TRY(reader_u32(&r, &c.recovery_s));
	TRY(reader_end(&r));
	*ret = c;
	return OK;
}

static struct err info_put_text(struct buf *b, const char *text)
{
	return buf_put_lv(b, bytes_str(text));
}

struct err trust_info_put(const struct trust_info *i, struct buf *ret)
{
	unsigned flags = (i->software ? INFO_SOFTWARE : 0u) |
			 (i->owner_auth_set ? INFO_OWNER : 0u) |
			 (i->lockout_auth_set ? INFO_LOCKOUT : 0u) |
			 (i->endorsement_auth_set ? INFO_ENDORSEMENT : 0u) |
			 (i->srk_persistent ? INFO_SRK : 0u);

	TRY(buf_put_u8(ret, INFO_VERSION));
	TRY(buf_put_u8(ret, (uint8_t) i->state));
	TRY(buf_put_u32(ret, i->changed_pcrs));
	TRY(info_put_text(ret, i->detail));
	TRY(info_put_text(ret, i->maker));
	TRY(info_put_text(ret, i->vendor));
	TRY(info_put_text(ret, i->firmware));
	TRY(info_put_text(ret, i->spec));
	TRY(buf_put_u8(ret, (uint8_t) flags));
	TRY(buf_put_u32(ret, i->banks));
	TRY(buf_put_u32(ret, i->zero_banks));
	TRY(buf_put_u64(ret, i->reset_count));
	return buf_put_u64(ret, i->restart_count);
}

/* Printable ASCII only: it comes from a chip and is shown on terminals. */
static struct err info_read_text(struct reader *r, char *ret, size_t cap)
{
	struct bytes b;

	TRY(reader_lv(r, cap - 1, &b));
	for (size_t i = 0; i < b.len; i++)
		if (b.ptr[i] < 0x20 || b.ptr[i] > 0x7e)
			return ERR(E_CORRUPT);
	memset(ret, 0, cap);
	if (b.len > 0)
		memcpy(ret, b.ptr, b.len);
	return OK;
}

static struct err info_read_texts(struct reader *r, struct trust_info *ret)
{
	TRY(info_read_text(r, ret->detail, sizeof(ret->detail)));
	TRY(info_read_text(r, ret->maker, sizeof(ret->maker)));
	TRY(info_read_text(r, ret->vendor, sizeof(ret->vendor)));
	TRY(info_read_text(r, ret->firmware, sizeof(ret->firmware)));
	return info_read_text(r, ret->spec, sizeof(ret->spec));
}

struct err trust_info_read(struct bytes b, struct trust_info *ret)
{
	struct reader r = reader_of(b);
	struct trust_info i = {0};
	uint8_t version, state, flags;

	TRY(reader_u8(&r, &version));
	if (version != INFO_VERSION)
		return ERR(E_VERSION);
	TRY(reader_u8(&r, &state));
	if (state > TRUST_BROKEN)
		return ERR(E_CORRUPT);
	i.state = (enum trust_state) state;
	TRY(reader_u32(&r, &i.changed_pcrs));
	TRY(info_read_texts(&r, &i));
	TRY(reader_u8(&r, &flags));
	if (flags >= INFO_SRK << 1)
		return ERR(E_CORRUPT);
	i.software = (flags & INFO_SOFTWARE) != 0;
	i.owner_auth_set = (flags & INFO_OWNER) != 0;
	i.lockout_auth_set = (flags & INFO_LOCKOUT) != 0;
	i.endorsement_auth_set = (flags & INFO_ENDORSEMENT) != 0;
	i.srk_persistent = (flags & INFO_SRK) != 0;
	TRY(reader_u32(&r, &i.banks));
	TRY(reader_u32(&r, &i.zero_banks));
	TRY(reader_u64(&r, &i.reset_count));
	TRY(reader_u64(&r, &i.restart_count));
	TRY(reader_end(&r));
	*ret = i;
	return OK;
}
