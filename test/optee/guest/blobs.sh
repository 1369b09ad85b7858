#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Blobs, counts, epochs, owners, asked of the trusted application itself.
. /opt/test/guest/lib.sh

program blobs as alice /opt/test/blobs
