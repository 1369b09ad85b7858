/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies for people: canonical, but users and groups by name where this machine has one. */
#pragma once

#include "js.h"

#include "policy.h"

/* "pin+login=user:alice". */
NODISCARD struct err policy_named(const struct policy *p, struct buf *ret);
/* Adds "policy", canonical, and "policy_named" to o. */
void policy_show(json_object *o, const struct policy *p);
