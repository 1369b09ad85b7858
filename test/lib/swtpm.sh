# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Private software TPMs for tests and for ./demo. Each lives in a directory of its own (a short path:
# its sockets are in it), is stopped by its process id, and nothing here waits without a limit.
#	swtpm_start DIR [tcp]	starts, and measures a boot into PCRs 0 to 7; state that is there is kept
#	swtpm_tcti DIR		prints the TCTI string
#	swtpm_reset DIR		what a power cut does; the boot is measured again unless "bare" follows
#	swtpm_stop DIR
#	swtpm_srk DIR [OPTION...]	makes the standard storage key persistent at 0x81000001
#	swtpm_tool DIR COMMAND	runs one of tpm2-tools on it

swtpm_fail()
{
	echo "swtpm: $*" >&2
	return 1
}

swtpm_tcti()
{
	cat "$1/tcti"
}

swtpm_tool()
{
	swtpm_dir=$1
	shift
	TPM2TOOLS_TCTI=$(swtpm_tcti "$swtpm_dir") TSS2_LOG=all+NONE timeout 20 "$@"
}

swtpm_control()
{
	case $(swtpm_tcti "$1") in
	*path=*) printf -- '--unix %s/s.ctrl' "$1" ;;
	*) printf -- '--tcp 127.0.0.1:%s' "$(($(sed 's/.*port=//' "$1/tcti") + 1))" ;;
	esac
}

# As a firmware and a boot loader would: something in PCRs 0 to 7 of both good banks.
swtpm_measure()
{
	for swtpm_n in 0 1 2 3 4 5 6 7; do
		swtpm_d=$(printf 'bulla test boot %s' "$swtpm_n" | sha256sum | cut -d' ' -f1)
		swtpm_e=$(printf 'bulla test boot %s' "$swtpm_n" | sha384sum | cut -d' ' -f1)
		swtpm_tool "$1" tpm2_pcrextend "$swtpm_n:sha256=$swtpm_d,sha384=$swtpm_e" || return 1
	done
}

swtpm_boot()
{
	swtpm_tool "$1" tpm2_startup -c || return 1
	[ "${2:-}" = bare ] || swtpm_measure "$1"
}

swtpm_launch() # DIR SERVER CONTROL TCTI
{
	rm -f "$1/s" "$1/s.ctrl" "$1/pid"
	printf %s "$4" >"$1/tcti"
	swtpm socket --tpm2 --tpmstate "dir=$1/state" --server "$2" --ctrl "$3" \
		--flags not-need-init --daemon --pid "file=$1/pid" \
		--log "file=$1/log,level=1,truncate" 2>/dev/null
}

swtpm_start()
{
	swtpm_dir=$(realpath -m "$1")
	[ ${#swtpm_dir} -le 90 ] || { swtpm_fail "$swtpm_dir: too long for a socket's name"; return 1; }
	mkdir -p "$swtpm_dir/state" || return 1
	if [ "${2:-}" = tcp ]; then
		swtpm_try=0
		while [ "$swtpm_try" -lt 20 ]; do
			swtpm_port=$((20000 + 2 * ($(od -An -N2 -tu2 /dev/urandom) % 15000)))
			swtpm_launch "$swtpm_dir" "type=tcp,bindaddr=127.0.0.1,port=$swtpm_port" \
				"type=tcp,bindaddr=127.0.0.1,port=$((swtpm_port + 1))" \
				"swtpm:host=127.0.0.1,port=$swtpm_port" && break
			swtpm_try=$((swtpm_try + 1))
		done
		[ "$swtpm_try" -lt 20 ] || { swtpm_fail "no free port"; return 1; }
	else
		swtpm_launch "$swtpm_dir" "type=unixio,path=$swtpm_dir/s" \
			"type=unixio,path=$swtpm_dir/s.ctrl" "swtpm:path=$swtpm_dir/s" ||
			{ swtpm_fail "does not start, see $swtpm_dir/log"; return 1; }
	fi
	swtpm_boot "$swtpm_dir" "${3:-}" || { swtpm_fail "does not answer"; return 1; }
}

swtpm_reset()
{
	# shellcheck disable=SC2046 # two words on purpose
	timeout 20 swtpm_ioctl $(swtpm_control "$(realpath "$1")") -i || return 1
	swtpm_boot "$1" "${2:-}"
}

swtpm_srk()
{
	swtpm_srk=$1
	shift
	swtpm_tool "$swtpm_srk" tpm2_createprimary "$@" -Q -C o -g sha256 -G ecc256:aes128cfb \
		-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt' \
		-c "$swtpm_srk/srk.ctx" &&
		swtpm_tool "$swtpm_srk" tpm2_evictcontrol -Q -C o -c "$swtpm_srk/srk.ctx" 0x81000001 &&
		swtpm_tool "$swtpm_srk" tpm2_flushcontext -t
}

swtpm_stop()
{
	[ -f "$1/pid" ] || return 0
	swtpm_pid=$(cat "$1/pid")
	# shellcheck disable=SC2046 # two words on purpose
	timeout 5 swtpm_ioctl $(swtpm_control "$(realpath "$1")") -s 2>/dev/null ||
		kill "$swtpm_pid" 2>/dev/null
	swtpm_try=0
	# it takes its file away at the end; the process may stay a zombie for a while after that
	while [ -f "$1/pid" ] && kill -0 "$swtpm_pid" 2>/dev/null; do
		swtpm_try=$((swtpm_try + 1))
		[ "$swtpm_try" -lt 200 ] || { kill -9 "$swtpm_pid" 2>/dev/null; break; }
		sleep 0.02
	done
	rm -f "$1/pid"
}
