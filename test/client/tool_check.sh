#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla check: a sound store is sound, and each kind of damage is found and named.
. "$(dirname "$0")/tool_lib.sh"

token one
for n in 1 2 3; do
	openssl ecparam -name prime256v1 -genkey -noout -out "$dir/$n.pem" 2>/dev/null
	expect 0 "$bulla" import --label "k$n" --pin-file "$dir/pin" "$dir/$n.pem"
done
db=$(echo "$dir"/store/token-*.db)
cp -a "$dir/store" "$dir/sound"
restore() {
	rm -rf "$dir/store"
	cp -a "$dir/sound" "$dir/store"
}
expect 0 "$bulla" check --pin-file "$dir/pin" --json
check 'all six objects are verified' json 'j["well"] and j["verified"] and j["sound"] == 6'
expect 0 "$bulla" check --so-pin-file "$dir/so"
check 'the SO may check, too' printed 'sound, 6 objects verified'
expect 0 "$bulla" check --quick --json
check 'quick verifies nothing and says so' json 'j["well"] and not j["verified"]'
secret wrong 9999
expect 4 "$bulla" check --pin-file "$dir/wrong"

sql() { python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); [c.execute(s) for s in sys.argv[2:]]; c.commit(); c.close()' "$db" "$@"; }
table() { # a table with a column like this, and the column
	python3 -c 'import sqlite3,sys
c=sqlite3.connect(sys.argv[1])
for (t,) in c.execute("select name from sqlite_master where type=\"table\" order by name"):
    cols=[r[1] for r in c.execute(f"pragma table_info({t})")]
    if sys.argv[2] in cols and c.execute(f"select count(*) from {t}").fetchone()[0]==6: print(t)' "$db" "$1"
}
objects=$(table id)
check 'the objects are one table' test -n "$objects"
column() { # NAME: is it a column of the objects?
	python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); sys.exit(sys.argv[3] not in [r[1] for r in c.execute(f"pragma table_info({sys.argv[2]})")])' "$db" "$objects" "$1"
}
for c in attrs sealed; do
	column "$c" || continue
	sql "update $objects set $c = cast(substr($c, 1, length($c) - 1) || x'5a' as blob) where id = (select id from $objects where length($c) > 0 order by id limit 1)"
	expect 3 "$bulla" check --pin-file "$dir/pin" --json
	check "a changed $c is found, and its object named" json 'not j["well"] and [len(d["object"] or "") for d in j["damaged"]].count(32) == 1 and j["sound"] == 5'
	restore
done
sql "delete from $objects where id = (select min(id) from $objects)"
expect 3 "$bulla" check --pin-file "$dir/pin" --json
check 'a missing object is found' json 'not j["well"] and j["damaged"]'
restore
printf 'nonsense' | dd of="$db" bs=1 seek=4096 conv=notrunc 2>/dev/null
expect 3 "$bulla" check --quick
restore
truncate -s 5000 "$db"
expect 3 "$bulla" check --quick
restore
expect 0 "$bulla" check --pin-file "$dir/pin"
finish
