# SPDX-License-Identifier: BSD-2-Clause
# bash completion for bulla(1)

_bulla()
{
	local cur prev cmd i
	local everywhere="--json --store --verbose --help"
	local user="--pin-fd --pin-file" so="--so-pin-fd --so-pin-file" new="--new-pin-fd --new-pin-file"

	COMPREPLY=()
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "init list status assess pin seal import check version help" -- "$cur")
		return
	fi
	case $prev in
	--*-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--store)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--policy)
		mapfile -t COMPREPLY < <(compgen -W "pin pin+pcr=sha256:7 pcr=sha256:7 pin+login=user login=user none" -- "$cur")
		return ;;
	--source)
		mapfile -t COMPREPLY < <(compgen -W "tpm tee" -- "$cur")
		return ;;
	--role)
		mapfile -t COMPREPLY < <(compgen -W "user so" -- "$cur")
		return ;;
	--*-fd | --token | --label)
		return ;;
	esac
	cmd=${COMP_WORDS[1]}
	if [ "$cmd" = seal ]; then
		if [ "$COMP_CWORD" -eq 2 ]; then
			mapfile -t COMPREPLY < <(compgen -W "list add remove --help" -- "$cur")
			return
		fi
		cmd="seal ${COMP_WORDS[2]}"
	fi
	case $cmd in
	init) i="--label --policy --no-pin --source --force --so=none --yes $user $so" ;;
	list) i="--token $user" ;;
	status) i="--token --quick" ;;
	assess) i="--strict" ;;
	pin) i="--token --so --reset $user $so $new" ;;
	"seal list") i="--token --quick" ;;
	"seal add") i="--token --source --policy --no-pin --role --force --yes $user $so" ;;
	"seal remove") i="--token --source --role --so --yes $user $so" ;;
	import) i="--token --label --passphrase-fd --passphrase-file $user" ;;
	check) i="--token --quick $user $so" ;;
	*) i="" ;;
	esac
	case $cmd,$cur in
	import,[!-]* | import,)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$i $everywhere" -- "$cur") ;;
	esac
}
complete -o filenames -F _bulla bulla
