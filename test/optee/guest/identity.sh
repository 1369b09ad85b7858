#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whom a seal opens for, asked of the trusted application itself.
. /opt/test/guest/lib.sh

program identity /opt/test/identity
