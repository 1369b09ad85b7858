/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands: each in the file of its name, each returns an exit code. */
#pragma once

#include "opts.h"

NODISCARD int cmd_assess(const struct opts *o);
NODISCARD int cmd_check(const struct opts *o);
NODISCARD int cmd_import(const struct opts *o);
NODISCARD int cmd_init(const struct opts *o);
NODISCARD int cmd_list(const struct opts *o);
NODISCARD int cmd_pin(const struct opts *o);
NODISCARD int cmd_seal_add(const struct opts *o);
NODISCARD int cmd_seal_list(const struct opts *o);
NODISCARD int cmd_seal_remove(const struct opts *o);
NODISCARD int cmd_status(const struct opts *o);
NODISCARD int cmd_version(const struct opts *o);
