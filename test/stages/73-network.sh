#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# purpose: real clients of networks: OpenVPN, strongSwan, EAP-TLS, PostgreSQL, MQTT, each against its real server on loopback
# lane: wait
# limit: 1200
# The scripts of test/client that say "# stage: network".
OF_STAGE=network
. "$CHECK_TOP/test/stages/70-clients.sh"
