# Runs a broker as it is told on standard input, and ends it when that closes, which it does when
# the test program ends, in whatever way. Everything that the broker kept is then removed.
#
#     sh -c SUPERVISE sh DIRECTORY PROGRAM [ARGUMENT...]
#
# The file `running` in DIRECTORY is there as long as the broker runs, and holds its process id.
directory=$1
shift

run() {
    "$@" >> "$directory/log" 2>&1 &
    echo $! > "$directory/running"
    wait $! 2> /dev/null
    rm -f "$directory/running"
}

end() {
    [ -z "$runner" ] && return
    read -r broker < "$directory/running" && kill -s "$1" "$broker"
    wait "$runner"
    runner=
} 2> /dev/null

runner=
while read -r order; do
    case $order in
        start)
            : > "$directory/running"
            run "$@" &
            runner=$!
            while [ -e "$directory/running" ] && [ ! -s "$directory/running" ]; do :; done ;;
        kill) end KILL ;;
    esac
    echo done
done
end KILL
rm -rf "$directory"
