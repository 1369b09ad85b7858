#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# another-ta.sh make|control - part of a case, cases_hostile.py.
. /opt/test/guest/lib.sh

dir=/var/lib/bulla/known armtz=/usr/lib/optee_armtz
mkdir -p $dir
case $1 in
make) cp /opt/test/hostile/c40a5cf5-*.ta $armtz/ ;;
# the trusted application of before is not there any more: this one has its UUID and its signer's key
control) cp /opt/test/hostile/as-bulla.ta $armtz/6f154fb0-aab4-4b22-b454-82e6ecdd8c86.ta ;;
esac
program "another-ta-$1" /opt/test/another_ta "$1" $dir
