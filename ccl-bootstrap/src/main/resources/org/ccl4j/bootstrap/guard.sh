# Runs a rank's command beside a watcher that ends it. Arguments: 'group' or 'alone', tenths of a
# second between asking and forcing, the command.
#
# Standard input is a pipe from the launcher. The watcher takes names of signals from it, one a line,
# and passes them on; at its end, when the launcher is gone or the command has ended, it asks and then
# forces. As 'group' it reaches all processes of the session that was made for the rank, itself among
# them; as 'alone' the command only.
mode=$1 ticks=$2
shift 2
target=0
[ "$mode" = group ] || target=$$
exec 3<&0 </dev/null
# Started by a shell that ends at once, so that the command has no child that it does not know.
(
  (
    trap '' HUP INT QUIT TERM
    while read -r name; do kill -s "$name" -- "$target"; done
    # Alone, the number of a command that has ended may be another process's by now.
    [ "$mode" = group ] || kill -0 "$$" || exit
    kill -s TERM -- "$target"
    while sleep 0.1; [ "$ticks" -gt 0 ] && kill -0 "$$"; do ticks=$((ticks - 1)); done
    kill -s KILL -- "$target"
  ) <&3 3<&- >/dev/null 2>&1 &
)
exec 3<&-
exec "$@"
