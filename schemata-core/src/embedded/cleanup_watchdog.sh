# The watchdog of one server: waits until no process uses it, then stops it and cleans up.
# POSIX sh; needs only grep, rm, rmdir and sleep (and ps where there is no /proc).
# Arguments: generation folder, data directory, socket directory, ephemeral|persistent, grace.
gen=$1 data=$2 socket=$3 kind=$4 grace=$5
trap '' HUP INT QUIT
cd /
echo $$ >"$gen/watchdog.pid" || exit 0

# Is process $1, started at tick $2 (0: unknown), alive? Not if it is a zombie or its pid was reused.
alive() {
  if [ -r /proc/self/stat ]; then
    IFS= read -r line <"/proc/$1/stat" || return 1
    set -- "$1" "$2" ${line##*) }
    case $3 in Z | X) return 1 ;; esac
    [ "$2" = 0 ] || [ "${22}" = "$2" ]
  else
    ps -o stat= -p "$1" | grep -q '^ *[^Z ]'
  fi
}

# Is process $1 alive, with $2 in its arguments? A reused pid has other arguments.
runs() {
  [ -n "$1" ] && alive "$1" 0 || return 1
  if [ -r /proc/self/stat ]; then
    grep -qF -- "$2" "/proc/$1/cmdline"
  else
    ps -ww -o args= -p "$1" | grep -qF -- "$2"
  fi
}

# Sets `pid` from a pid file. An empty one belongs to a program that is just being started.
noted() {
  pid=
  [ -e "$1" ] || return 0
  [ -s "$1" ] || sleep 1
  read -r pid <"$1"
}

# Removes the leases of dead processes; true if a lease of a living one is left.
leased() {
  left=1
  for lease in "$gen"/leases/*; do
    name=${lease##*/}
    case $name in
      '*') ;;
      keep) left=0 ;;
      *)
        started=${name#*-}
        if alive "${name%%-*}" "${started%%-*}"; then left=0; else rm -f "$lease"; fi
        ;;
    esac
  done
  return $left
}

# Until the leases folder is gone: removed here, which fails if a process has just taken a lease,
# or by a process that stops the server.
idle=0 server=
while [ -d "$gen/leases" ]; do
  [ -n "$server" ] || { [ -s "$gen/server.pid" ] && read -r server <"$gen/server.pid"; }
  if leased; then
    idle=0
  elif [ "$idle" -ge "$grace" ] && rmdir "$gen/leases"; then
    break
  else
    idle=$((idle + 1))
  fi
  # While there is no server yet, check often: its pid must be known before the file is removed.
  if [ -n "$server" ]; then sleep 1; else sleep 0.1 || sleep 1; fi
done

# A killed initdb would leave shared memory behind, so let it finish.
noted "$gen/initdb.pid"
tries=0
while [ $tries -lt 60 ] && runs "$pid" "$gen"; do
  sleep 1
  tries=$((tries + 1))
done

# Stop the server: a fast shutdown if its data is kept, an immediate one if not.
noted "$gen/server.pid"
[ -n "$pid" ] || pid=$server
tries=0
while runs "$pid" "$data"; do
  case $tries in
    0) if [ "$kind" = ephemeral ]; then kill -QUIT "$pid"; else kill -INT "$pid"; fi ;;
    600) kill -QUIT "$pid" ;;
    900) kill -KILL "$pid" ;;
  esac
  tries=$((tries + 1))
  sleep 0.1 || sleep 1
done

# The last processes of a crashed server may still write, so try several times.
for try in 1 2 3 4 5; do
  rm -rf "$gen"
  case $socket in "$gen"/*) ;; *) rm -rf "$socket" ;; esac
  [ -e "$gen" ] || break
  sleep 1
done
if [ "$kind" = ephemeral ]; then
  rmdir "${gen%/*}" && rmdir "${gen%/*/*}"
fi
